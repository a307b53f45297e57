import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as engine from "@pulumi/pulumi/proto/engine_pb";
import { GetRootResourceResponse, SetRootResourceResponse } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { fromStruct, type Properties, reveal, toStruct } from "../support/protocol";

/** A resource as registered by the program, with secrets unwrapped. */
export interface Registered {
  urn: string;
  type: string;
  name: string;
  inputs: Properties;
}

/** Its outputs for the program. Undefined if it failed. */
export type Answer = { id: string; outputs: Properties } | undefined;

export interface MonitorHandlers {
  register(resource: Registered): Promise<Answer>;
  outputs(properties: Properties): void;
  log(severity: engine.LogSeverity, message: string, urn: string): void;
}

type OperationContext<T> = ServerUnaryCall<T, unknown>;

/** The resource monitor, limited to what the quickstart's programs use: no components, hooks, transforms or invokes. */
export class Monitor {
  address = "";
  /** Resolves when the program has registered everything. */
  readonly finished: Promise<void>;
  private readonly server = new Server();
  private markFinished = () => {};
  private root = "";

  constructor(
    private readonly project: string,
    private readonly stack: string,
    private readonly handlers: MonitorHandlers,
  ) {
    this.finished = new Promise((resolve) => {
      this.markFinished = resolve;
    });
    this.server.addService(ResourceMonitorService, this.monitorService());
    this.server.addService(EngineService, this.engineService());
  }

  async listen(): Promise<void> {
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      this.server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    this.address = `127.0.0.1:${port}`;
  }

  close(): void {
    this.server.forceShutdown();
  }

  private monitorService() {
    const unsupported = (_call: unknown, done: sendUnaryData<never>) =>
      done({ code: status.UNIMPLEMENTED, details: "the demo engine cannot do that; use the Pulumi CLI" });
    return {
      supportsFeature: ({ request }: OperationContext<proto.SupportsFeatureRequest>, done: sendUnaryData<unknown>) =>
        done(null, new proto.SupportsFeatureResponse().setHassupport(request.getId() === "secrets")),
      registerResource: (
        { request }: OperationContext<proto.RegisterResourceRequest>,
        done: sendUnaryData<unknown>,
      ) => {
        this.register(request).then(
          (reply) => done(null, reply),
          (error: Error) => done({ code: status.UNKNOWN, details: error.message }),
        );
      },
      registerResourceOutputs: (
        { request }: OperationContext<proto.RegisterResourceOutputsRequest>,
        done: sendUnaryData<unknown>,
      ) => {
        this.handlers.outputs(reveal(fromStruct(request.getOutputs())));
        done(null, new Empty());
      },
      signalAndWaitForShutdown: (_: unknown, done: sendUnaryData<unknown>) => {
        this.markFinished();
        done(null, new Empty());
      },
      getDeploymentInfo: unsupported,
      readResource: unsupported,
      invoke: unsupported,
      call: unsupported,
      existsResource: unsupported,
      registerPackage: unsupported,
      registerStackTransform: unsupported,
      registerStackInvokeTransform: unsupported,
      registerResourceHook: unsupported,
      registerErrorHook: unsupported,
    };
  }

  private engineService() {
    return {
      log: ({ request }: OperationContext<engine.LogRequest>, done: sendUnaryData<unknown>) => {
        if (!request.getEphemeral()) this.handlers.log(request.getSeverity(), request.getMessage(), request.getUrn());
        done(null, new Empty());
      },
      getRootResource: (_: unknown, done: sendUnaryData<unknown>) =>
        done(null, new GetRootResourceResponse().setUrn(this.root)),
      setRootResource: ({ request }: OperationContext<engine.SetRootResourceRequest>, done: sendUnaryData<unknown>) => {
        this.root = request.getUrn();
        done(null, new SetRootResourceResponse());
      },
      startDebugging: (_: unknown, done: sendUnaryData<unknown>) => done(null, new Empty()),
      requirePulumiVersion: (_: unknown, done: sendUnaryData<unknown>) => done(null, new Empty()),
    };
  }

  private async register(request: proto.RegisterResourceRequest): Promise<proto.RegisterResourceResponse> {
    const [type, name] = [request.getType(), request.getName()];
    const urn = `urn:pulumi:${this.stack}::${this.project}::${type}::${name}`;
    const reply = new proto.RegisterResourceResponse().setUrn(urn);
    if (!request.getCustom()) return reply;
    const answer = await this.handlers.register({ urn, type, name, inputs: reveal(fromStruct(request.getObject())) });
    if (answer === undefined) return reply.setResult(proto.Result.FAIL);
    return reply.setId(answer.id).setObject(toStruct(answer.outputs));
  }
}
