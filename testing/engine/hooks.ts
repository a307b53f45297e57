import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import {
  ErrorHookRequest,
  ErrorHookResponse,
  ResourceHookRequest,
  ResourceHookResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Callbacks } from "./callbacks";
import type { ResourceState } from "./types";
import { nameOf } from "./urn";
import { toStruct } from "./values";

export type HookKind = "beforeCreate" | "afterCreate" | "beforeUpdate" | "afterUpdate" | "beforeDelete" | "afterDelete";
type Bindings = ResourceState["resourceHooks"];

interface States {
  new?: ResourceState;
  old?: ResourceState;
}

interface Hook {
  callback: Callback;
  onDryRun: boolean;
  ignoreErrors: boolean;
}

/** Functions of the program that are called before and after something is done to a resource. */
export class Hooks {
  private readonly hooks = new Map<string, Hook>();
  private readonly errorHooks = new Map<string, Callback>();

  constructor(
    private readonly callbacks: Callbacks,
    private readonly preview: boolean,
    private readonly report: (severity: "warning" | "error", message: string, urn: string) => void,
  ) {}

  register(name: string, hook: Hook): void {
    if (this.hooks.has(name)) throw new Error(`resource hook already registered for name "${name}"`);
    this.hooks.set(name, hook);
  }

  registerErrorHook(name: string, callback: Callback): void {
    if (this.errorHooks.has(name)) throw new Error(`error hook already registered for name "${name}"`);
    this.errorHooks.set(name, callback);
  }

  /** @throws Error when a hook says no, which keeps the operation from being begun. */
  async fire(kind: HookKind, bindings: Bindings, states: States): Promise<void> {
    for (const name of bindings?.[kind] ?? []) {
      const hook = this.hooks.get(name);
      const urn = (states.new ?? states.old)?.urn ?? "";
      if (hook === undefined) {
        throw new Error(
          `resource "${urn}" has the ${kind} hook "${name}", which this run does not have: the program registers hooks, ` +
            "so an operation that does not run it cannot call them",
        );
      }
      if (this.preview && !hook.onDryRun) continue;
      const error = await this.call(hook, kind, states).catch((problem) => (problem as Error).message);
      if (error === "") continue;
      const when = kind.startsWith("before") ? "before" : "after";
      const message = `${when} hook "${name}" failed: ${error}`;
      if (!hook.ignoreErrors) throw new Error(message);
      this.report("warning", message, urn);
    }
  }

  /** What was done stays done; a hook that fails afterwards fails the run. */
  async fireAfter(kind: HookKind, bindings: Bindings, states: States): Promise<void> {
    const urn = (states.new ?? states.old)?.urn ?? "";
    await this.fire(kind, bindings, states).catch((error) => this.report("error", (error as Error).message, urn));
  }

  /** Whether an error hook wants the failed operation done again. */
  async wantsRetry(
    operation: "create" | "update" | "delete",
    state: ResourceState,
    old: ResourceState | undefined,
    errors: readonly string[],
  ): Promise<boolean> {
    let retry = false;
    for (const name of state.resourceHooks?.onError ?? []) {
      const callback = this.errorHooks.get(name);
      if (callback === undefined) continue;
      const request = new ErrorHookRequest();
      request.setUrn(state.urn);
      request.setId(state.id ?? "");
      request.setName(nameOf(state.urn));
      request.setType(state.type);
      if (operation !== "delete") request.setNewInputs(toStruct(state.inputs));
      if (old) request.setOldInputs(toStruct(old.inputs));
      if (old) request.setOldOutputs(toStruct(old.outputs));
      request.setFailedOperation(operation);
      // The most recent one first.
      request.setErrorsList([...errors].reverse());
      const bytes = await this.callbacks.invoke(callback, request.serializeBinary());
      const reply = ErrorHookResponse.deserializeBinary(bytes);
      if (reply.getError() !== "") throw new Error(`error hook "${name}" failed: ${reply.getError()}`);
      retry ||= reply.getRetry();
    }
    return retry;
  }

  private async call(hook: Hook, kind: HookKind, states: States): Promise<string> {
    const state = states.new ?? states.old;
    if (state === undefined) return "";
    const request = new ResourceHookRequest();
    request.setUrn(state.urn);
    request.setId(state.id ?? "");
    request.setName(nameOf(state.urn));
    request.setType(state.type);
    if (states.new) request.setNewInputs(toStruct(states.new.inputs));
    if (states.new && kind.startsWith("after")) request.setNewOutputs(toStruct(states.new.outputs));
    if (states.old) request.setOldInputs(toStruct(states.old.inputs));
    if (states.old) request.setOldOutputs(toStruct(states.old.outputs));
    const bytes = await this.callbacks.invoke(hook.callback, request.serializeBinary());
    return ResourceHookResponse.deserializeBinary(bytes).getError();
  }
}
