import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as resource from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type Deployment, HaltedError } from "./deployment";
import { type Goal, readGoal } from "./goal";
import type { Diagnostic, Properties, ResourceState } from "./types";
import { fromProgram, reveal, toStruct } from "./values";

type Call<T> = ServerUnaryCall<T, unknown>;
type Done<T> = sendUnaryData<T>;

/** What the SDK may rely on. Everything else is left out, so that a program that needs it fails with a clear message. */
const FEATURES = new Set(["secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith"]);

/** The engine's two services, on one loopback port: the resource monitor for the program, the log for everybody. */
export class EngineServer {
  private readonly server = new Server({ "grpc.max_receive_message_length": -1 });
  private rootUrn = "";
  private finished: (() => void) | undefined;
  private open = 0;
  /** Set for the runs that have a program. */
  deployment: Deployment | undefined;
  /** Outputs of the stack, as the program registered them. */
  outputs: Properties = {};

  constructor(private readonly onLog: (diagnostic: Diagnostic) => void) {
    this.server.addService(ResourceMonitorService, this.monitor() as never);
    this.server.addService(EngineService, this.engine() as never);
  }

  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(`127.0.0.1:${port}`),
      );
    });
  }

  close(): void {
    this.server.forceShutdown();
  }

  private engine() {
    const severities = ["debug", "info", "warning", "error"] as const;
    return {
      log: (call: Call<engine.LogRequest>, done: Done<Empty>) => {
        const { request } = call;
        const severity = severities[request.getSeverity()] ?? "info";
        this.onLog({
          severity,
          message: request.getMessage().trimEnd(),
          urn: request.getUrn() || undefined,
          ephemeral: request.getEphemeral(),
        });
        done(null, new Empty());
      },
      getRootResource: (_: unknown, done: Done<engine.GetRootResourceResponse>) =>
        done(null, new engine.GetRootResourceResponse().setUrn(this.rootUrn)),
      setRootResource: (call: Call<engine.SetRootResourceRequest>, done: Done<engine.SetRootResourceResponse>) => {
        this.rootUrn = call.request.getUrn();
        done(null, new engine.SetRootResourceResponse());
      },
      startDebugging: (_: unknown, done: Done<Empty>) => done(null, new Empty()),
      requirePulumiVersion: (_: unknown, done: Done<engine.RequirePulumiVersionResponse>) =>
        done(null, new engine.RequirePulumiVersionResponse()),
    };
  }

  private monitor() {
    const missing = (what: string) => (_: unknown, done: Done<unknown>) =>
      done({ code: status.UNIMPLEMENTED, details: `the embedded engine does not support ${what}; use the Pulumi CLI` });
    return {
      getDeploymentInfo: missing("GetDeploymentInfo"),
      supportsFeature: (call: Call<resource.SupportsFeatureRequest>, done: Done<resource.SupportsFeatureResponse>) =>
        done(null, new resource.SupportsFeatureResponse().setHassupport(FEATURES.has(call.request.getId()))),
      registerResource: (call: Call<resource.RegisterResourceRequest>, done: Done<resource.RegisterResourceResponse>) =>
        this.answer(done, () => this.register(call.request)),
      readResource: (call: Call<resource.ReadResourceRequest>, done: Done<resource.ReadResourceResponse>) =>
        this.answer(done, () => this.read(call.request)),
      registerResourceOutputs: (call: Call<resource.RegisterResourceOutputsRequest>, done: Done<Empty>) =>
        this.answer(done, async () => this.setOutputs(call.request)),
      invoke: (call: Call<resource.ResourceInvokeRequest>, done: Done<provider.InvokeResponse>) =>
        this.answer(done, () => this.invoke(call.request)),
      signalAndWaitForShutdown: (_: unknown, done: Done<Empty>) => done(null, new Empty()),
      existsResource: missing("ExistsResource"),
      call: missing("method calls"),
      registerStackTransform: missing("transforms"),
      registerStackInvokeTransform: missing("invoke transforms"),
      registerResourceHook: missing("resource hooks"),
      registerErrorHook: missing("error hooks"),
      registerPackage: missing("parameterized packages"),
    };
  }

  /** Waits until no request is being dealt with. */
  async idle(): Promise<void> {
    if (this.open > 0) await new Promise<void>((resolve) => (this.finished = resolve));
  }

  private async register(request: resource.RegisterResourceRequest): Promise<resource.RegisterResourceResponse> {
    const run = this.run();
    const goal = readGoal(request, run.options.place);
    const state = await run.register(goal).catch((error: unknown) => this.failed(run, request, error));
    return new resource.RegisterResourceResponse()
      .setUrn(state.urn)
      .setId(state.id ?? "")
      .setObject(toStruct(visible(state, request.getAcceptsecrets())))
      .setResult(state.outputs === FAILED ? resource.Result.FAIL : resource.Result.SUCCESS);
  }

  /** With continue-on-error, what needs a failed resource is left out and the rest goes on. */
  private failed(run: Deployment, request: resource.RegisterResourceRequest, error: unknown): ResourceState {
    if (
      !(error instanceof HaltedError) &&
      !run.steps.some((step) => step.error !== undefined && step.name === request.getName())
    ) {
      run.failures++;
      run.diagnose(error instanceof Error ? error.message : String(error));
      if (!run.options.continueOnError) run.halt("failed");
    }
    if (run.options.continueOnError && request.getSupportsresultreporting() && !run.halted) {
      return { urn: "", custom: true, type: request.getType(), inputs: {}, outputs: FAILED };
    }
    throw error;
  }

  private async read(request: resource.ReadResourceRequest): Promise<resource.ReadResourceResponse> {
    const run = this.run();
    const goal: Goal = {
      type: request.getType(),
      name: request.getName(),
      custom: true,
      parent: request.getParent(),
      inputs: fromProgram(request.getProperties()),
      dependencies: request.getDependenciesList(),
      propertyDependencies: {},
      provider: request.getProvider(),
      version: request.getVersion(),
      deletedWith: "",
      ignoreChanges: [],
      replaceOnChanges: [],
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      aliases: [],
      importId: "",
    };
    const state = await run.readExternal(goal, request.getId());
    return new resource.ReadResourceResponse()
      .setUrn(state.urn)
      .setProperties(toStruct(visible(state, request.getAcceptsecrets())));
  }

  private setOutputs(request: resource.RegisterResourceOutputsRequest): Empty {
    const run = this.run();
    const state = run.state.news.get(request.getUrn());
    if (state === undefined) throw new Error(`unknown resource ${request.getUrn()}`);
    const outputs = fromProgram(request.getOutputs());
    if (request.getUrn() === this.rootUrn) this.outputs = outputs;
    run.state.put({ ...state, outputs });
    return new Empty();
  }

  private async invoke(request: resource.ResourceInvokeRequest): Promise<provider.InvokeResponse> {
    const run = this.run();
    const wanted = { type: request.getTok(), provider: request.getProvider(), version: request.getVersion() };
    const client = await run.providers.client(run.defaults.providerOf(wanted));
    const { result, failures } = await client.invoke(request.getTok(), fromProgram(request.getArgs()));
    const reply = new provider.InvokeResponse().setReturn(toStruct(result));
    for (const { property, reason } of failures)
      reply.addFailures(new provider.CheckFailure().setProperty(property).setReason(reason));
    return reply;
  }

  private run(): Deployment {
    if (this.deployment === undefined) throw new Error("no deployment is running");
    return this.deployment;
  }

  private answer<T>(done: Done<T>, work: () => Promise<T>): void {
    this.open++;
    work()
      .then(
        (reply) => done(null, reply),
        // The SDK takes UNAVAILABLE for "the engine is shutting down" and ends the program without a message of its own.
        (error: Error) => {
          // Ending silently is right only for a run that is known to have failed.
          const run = this.deployment;
          if (run && !run.halted && run.failures === 0) {
            run.failures++;
            run.diagnose(error.message);
            run.halt("failed");
          }
          done({ code: status.UNAVAILABLE, details: error.message } as ServiceError);
        },
      )
      .finally(() => {
        if (--this.open === 0) this.finished?.();
      });
  }
}

const FAILED: Properties = {};

function visible(state: ResourceState, acceptSecrets: boolean): Properties {
  return acceptSecrets ? state.outputs : reveal(state.outputs);
}
