import { resolve } from "node:path";
import { CheckpointFile, type ExportedState } from "./checkpoint";
import { StackConfig } from "./config";
import { renderRun } from "./display";
import { type ImportRequest, importResource } from "./import-resource";
import { Operation } from "./operation";
import { projectOf } from "./program";
import type { DestroyRequest, OperationKind, OperationRequest, RefreshRequest, Result, StackOptions } from "./requests";
import { lockState } from "./state-lock";
import type { Diagnostic, EngineEvent, OpKind, Properties, ResourceState } from "./types";
import { isDefaultProvider, type Place, ROOT_STACK } from "./urn";
import { reveal } from "./values";

const OPS: OpKind[] = [
  ...(["same", "create", "update", "delete", "replace", "create-replacement", "delete-replaced", "read"] as const),
  ...(["read-replacement", "refresh", "import", "import-replacement", "remove-pending-replace"] as const),
];

/** A stack whose operations are carried out in this process. */
export class EmbeddedStack {
  private kept: ExportedState | undefined;
  private busy = false;
  private readonly place: Place;

  constructor(private readonly options: StackOptions) {
    const project = options.project ?? projectOf(options.programDirectory).name;
    if (!project)
      throw new Error(`${options.programDirectory} has no Pulumi.yaml with a name, and no project was given`);
    this.place = { project, stack: options.stack ?? "dev" };
  }

  preview(request: OperationRequest = {}): Promise<Result> {
    return this.operate("preview", request, (operation) => this.deploy(operation, request));
  }

  up(request: OperationRequest = {}): Promise<Result> {
    return this.operate("up", request, (operation) => this.deploy(operation, request));
  }

  refresh(request: RefreshRequest = {}): Promise<Result> {
    return this.operate("refresh", request, async (operation) => {
      if (request.clearPendingCreates) operation.state.clearInterrupted();
      else if (operation.state.interrupted.some(({ type }) => type === "creating")) operation.warnOfInterrupted();
      await operation.refresh();
    });
  }

  destroy(request: DestroyRequest = {}): Promise<Result> {
    return this.operate("destroy", request, async (operation) => {
      operation.warnOfInterrupted();
      if (request.refresh) await operation.refresh();
      else if (operation.hasFlagged()) await operation.refresh(true);
      if (operation.run.failed || operation.run.stopped.aborted) return;
      if (request.runProgram) await operation.runProgram();
      else if (operation.mayDelete()) await operation.deleteUnwanted();
    });
  }

  /** As `pulumi import TYPE NAME ID`: what exists becomes a resource, which the program must then declare. */
  importResource(request: ImportRequest): Promise<Result> {
    return this.operate("import", {}, (operation) => importResource(operation, request));
  }

  exportState(): ExportedState {
    return this.open().export();
  }

  /** @param state as `exportState` or `pulumi stack export` gave it, under the same passphrase. */
  importState(state: ExportedState): void {
    const passphrase = this.passphrase();
    const checked = CheckpointFile.open(undefined, passphrase, state);
    if (this.options.stateFile) this.open().save(checked.start);
    else this.kept = state;
  }

  /** What the state holds, secrets revealed. */
  resources(): ResourceState[] {
    const { resources } = this.open().start;
    return resources.map((state) => ({ ...state, inputs: reveal(state.inputs), outputs: reveal(state.outputs) }));
  }

  outputs(): Properties {
    const root = this.open().start.resources.find(({ type }) => type === ROOT_STACK);
    return reveal(root?.outputs ?? {});
  }

  private async deploy(operation: Operation, request: OperationRequest): Promise<void> {
    if (request.refresh) await operation.refresh();
    else if (operation.hasFlagged()) await operation.refresh(true);
    else operation.warnOfInterrupted();
    if (!operation.run.failed && !operation.run.stopped.aborted) await operation.runProgram();
  }

  private async operate(
    kind: OperationKind,
    request: DestroyRequest,
    work: (operation: Operation) => Promise<void>,
  ): Promise<Result> {
    // A preview changes nothing, and Pulumi does not lock for it either.
    const unlock = kind === "preview" ? () => {} : this.lock();
    try {
      return await this.carryOut(kind, request, work);
    } finally {
      unlock();
    }
  }

  private async carryOut(
    kind: OperationKind,
    request: DestroyRequest,
    work: (operation: Operation) => Promise<void>,
  ): Promise<Result> {
    const begun = performance.now();
    const { options } = this;
    const checkpoint = this.open();
    const config = new StackConfig(this.place.project, options.config ?? {});
    const programDirectory = resolve(options.programDirectory);
    const nodePath = options.nodePath ?? process.execPath;
    const environment = { ...process.env, ...options.environment };
    const onEvent = (event: EngineEvent) => {
      if (event.kind === "diagnostic") event.diagnostic.message = config.mask(event.diagnostic.message);
      options.onEvent?.(event);
    };
    let root = "";
    const operation = await Operation.open({
      preview: kind === "preview",
      parallel: options.parallel ?? 10,
      ...(request.targets ? { targets: request.targets } : {}),
      targetDependents: request.targetDependents ?? false,
      replace: request.replace ?? [],
      continueOnError: request.continueOnError ?? false,
      destroying: request.runProgram ?? false,
      place: this.place,
      config,
      checkpoint,
      plugins: {
        nodePath,
        programDirectory,
        environment: {
          ...environment,
          PULUMI_NODEJS_PROJECT: this.place.project,
          PULUMI_NODEJS_STACK: this.place.stack,
        },
        plugins: options.plugins ?? {},
        onLine: (packageName, message) => {
          // The real engine hides what plugins print, but not what the dynamic provider does.
          if (packageName !== "pulumi-nodejs") return;
          const diagnostic: Diagnostic = { severity: "info", message, ...(root ? { urn: root } : {}) };
          operation.run.event({ kind: "diagnostic", diagnostic });
        },
      },
      program: { directory: programDirectory, nodePath, environment, ...(options.main ? { main: options.main } : {}) },
      onEvent,
      ...(request.signal ? { signal: request.signal } : {}),
    });
    root = `urn:pulumi:${this.place.stack}::${this.place.project}::${ROOT_STACK}::${this.place.project}-${this.place.stack}`;
    const { run } = operation;
    try {
      await operation.guarded(() => work(operation));
    } finally {
      await operation.close();
    }
    if (kind !== "preview") operation.state.save();
    this.kept = checkpoint.export();
    const verb = kind === "preview" ? "preview" : kind === "up" ? "update" : kind;
    const error = run.failed ? `${verb} failed` : run.canceled ? `${verb} canceled` : undefined;
    if (error) run.report("error", error);
    const total = performance.now() - begun;
    const [provider, starting] = [operation.rpc.milliseconds, operation.starting.milliseconds];
    const stackState = operation.state.all().find(({ urn }) => urn === root);
    const markedOutputs = stackState?.outputs ?? {};
    const outputs = reveal(markedOutputs);
    const summary = Object.fromEntries(OPS.map((op) => [op, 0])) as Record<OpKind, number>;
    for (const step of run.steps) if (!step.error && !isDefaultProvider(step)) summary[step.op]++;
    const engine = Math.max(0, total - provider - starting);
    const result: Omit<Result, "text"> = {
      ok: error === undefined,
      summary,
      steps: run.steps,
      outputs,
      markedOutputs,
      diagnostics: run.diagnostics,
      ...(error ? { error } : {}),
      timings: { total, provider, starting, engine },
    };
    return { ...result, text: renderRun(kind, this.place, result) };
  }

  private lock(): () => void {
    const { stateFile } = this.options;
    if (stateFile !== undefined) return lockState(resolve(stateFile));
    if (this.busy) throw new Error("the stack is currently locked by 1 lock(s): another operation of this process");
    this.busy = true;
    return () => {
      this.busy = false;
    };
  }

  private passphrase(): string {
    return this.options.passphrase ?? process.env.PULUMI_CONFIG_PASSPHRASE ?? "";
  }

  private open(): CheckpointFile {
    const { stateFile } = this.options;
    return CheckpointFile.open(stateFile ? resolve(stateFile) : undefined, this.passphrase(), this.kept);
  }
}
