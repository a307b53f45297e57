import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { type IResourceMonitorServer, ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Callbacks } from "./callbacks";
import { StoppedError } from "./executor";
import { EMPTY_GOAL, type Goal, readGoal } from "./goal";
import type { Hooks } from "./hooks";
import { Invoker } from "./invoker";
import type { Registrar } from "./registrar";
import type { Run } from "./run";
import { Transforms } from "./transforms";
import { isProviderType } from "./urn";
import { containsUnknown, fromProgram, toStruct, UNKNOWN } from "./values";

const Feature = proto.ResourceMonitorFeature;

/** Only what is really supported: a program turns to other means, or says what is missing, for the rest. */
const FEATURES: ReadonlyMap<string, proto.ResourceMonitorFeature> = new Map([
  ["secrets", Feature.RESOURCE_MONITOR_FEATURE_SECRETS],
  ["resourceReferences", Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES],
  ["outputValues", Feature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES],
  ["aliasSpecs", Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS],
  ["deletedWith", Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH],
  ["replaceWith", Feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH],
  ["replacementTrigger", Feature.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER],
  ["transforms", Feature.RESOURCE_MONITOR_FEATURE_TRANSFORMS],
  ["resourceHooks", Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS],
  ["errorHooks", Feature.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS],
]);

/** What a program asks of the engine while it runs. */
export class Monitor {
  readonly definition = ResourceMonitorService;
  readonly handlers: IResourceMonitorServer;
  /** Resolves when the program says that it has registered everything. */
  readonly finished: Promise<void>;
  private markFinished: () => void = () => {};
  private release: (() => void)[] = [];
  private released = false;
  private readonly transforms: Transforms;
  private readonly invoker: Invoker;

  constructor(
    private readonly run: Run,
    private readonly registrar: Registrar,
    private readonly hooks: Hooks,
    callbacks: Callbacks,
    private readonly onFirstCall: () => void,
  ) {
    this.finished = new Promise((resolve) => {
      this.markFinished = resolve;
    });
    this.transforms = new Transforms(callbacks);
    this.invoker = new Invoker(run, registrar);
    this.handlers = this.service();
  }

  /** Lets the program end; until then it can be called back. */
  releaseProgram(): void {
    this.released = true;
    for (const go of this.release.splice(0)) go();
  }

  private service(): IResourceMonitorServer {
    const empty = () => new Empty();
    return {
      getDeploymentInfo: this.answer(async () => {
        const info = new proto.DeploymentInfo();
        info.setProject(this.run.place.project);
        info.setStack(this.run.place.stack);
        info.setOrganization("organization");
        info.setDryrun(this.run.options.preview);
        info.setParallel(this.run.options.parallel);
        info.setSupportedfeaturesList([...FEATURES.values()]);
        return info;
      }),
      supportsFeature: this.answer(async (request: proto.SupportsFeatureRequest) => {
        const reply = new proto.SupportsFeatureResponse();
        reply.setHassupport(FEATURES.has(request.getId()));
        return reply;
      }),
      registerResource: this.answer((request: proto.RegisterResourceRequest) => this.register(request)),
      registerResourceOutputs: this.answer(async (request: proto.RegisterResourceOutputsRequest) => {
        await this.registrar.complete(request.getUrn(), fromProgram(request.getOutputs()));
        return empty();
      }),
      readResource: this.answer((request: proto.ReadResourceRequest) => this.read(request)),
      invoke: this.answer((request: proto.ResourceInvokeRequest) => this.invoker.invoke(request)),
      registerStackTransform: this.answer(async (callback) => {
        this.transforms.addToStack(callback);
        return empty();
      }),
      registerResourceHook: this.answer(async (request: proto.RegisterResourceHookRequest) => {
        const callback = request.getCallback();
        const [onDryRun, ignoreErrors] = [request.getOnDryRun(), request.getIgnoreErrors()];
        if (callback) this.hooks.register(request.getName(), { callback, onDryRun, ignoreErrors });
        return empty();
      }),
      registerErrorHook: this.answer(async (request: proto.RegisterErrorHookRequest) => {
        const callback = request.getCallback();
        if (callback) this.hooks.registerErrorHook(request.getName(), callback);
        return empty();
      }),
      signalAndWaitForShutdown: this.answer(async () => {
        this.markFinished();
        if (!this.released) await new Promise<void>((resolve) => this.release.push(resolve));
        return empty();
      }),
      call: unsupported("methods of resources"),
      existsResource: unsupported("asking whether a resource exists"),
      registerStackInvokeTransform: unsupported("transforms of invokes"),
      registerPackage: unsupported("parameterized packages"),
    };
  }

  private async register(request: proto.RegisterResourceRequest): Promise<proto.RegisterResourceResponse> {
    if (request.getRemote()) throw new Error(`remote components (${request.getType()}) need the real engine`);
    const transformed = await this.transforms.apply(request);
    const parent = this.run.state.current(transformed.getParent());
    const inherited = { protect: parent?.protect ?? false, retainOnDelete: parent?.retainOnDelete ?? false };
    const goal = readGoal(transformed, inherited);
    if (isProviderType(goal.type) && goal.version !== "") goal.inputs.version = goal.version;
    const { state, unknown, failed } = await this.registrar.register(goal);
    this.transforms.remember(state.urn, request);
    const reply = new proto.RegisterResourceResponse();
    reply.setUrn(state.urn);
    reply.setId(state.id ?? "");
    reply.setObject(toStruct(state.outputs));
    reply.setUnknown(unknown);
    if (failed) reply.setResult(proto.Result.FAIL);
    return reply;
  }

  private async read(request: proto.ReadResourceRequest): Promise<proto.ReadResourceResponse> {
    const goal: Goal = {
      ...EMPTY_GOAL,
      type: request.getType(),
      name: request.getName(),
      parent: request.getParent(),
      inputs: fromProgram(request.getProperties()),
      dependencies: request.getDependenciesList(),
      provider: request.getProvider(),
      version: request.getVersion(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    };
    if (containsUnknown(request.getId()) && !this.run.options.preview)
      throw new Error(`the id of ${goal.name} is not known`);
    const state = await this.registrar.read(goal, request.getId());
    const reply = new proto.ReadResourceResponse();
    reply.setUrn(state.urn);
    reply.setProperties(toStruct(state.outputs));
    reply.setUnknown(state.id === UNKNOWN);
    return reply;
  }

  private answer<Request, Reply>(
    work: (request: Request) => Promise<Reply>,
  ): (call: ServerUnaryCall<Request, Reply>, done: sendUnaryData<Reply>) => void {
    return (call, done) => {
      this.onFirstCall();
      work(call.request).then(
        (reply) => done(null, reply),
        (error: Error) => {
          // The SDK ends quietly on this code: what went wrong has been reported.
          if (error instanceof StoppedError) done({ code: status.UNAVAILABLE, details: "resource monitor shut down" });
          else done({ code: status.UNKNOWN, details: error.message });
        },
      );
    };
  }
}

function unsupported(what: string) {
  return (_call: unknown, done: sendUnaryData<never>): void =>
    done({ code: status.UNIMPLEMENTED, details: `${what}: not supported by the embedded engine` });
}
