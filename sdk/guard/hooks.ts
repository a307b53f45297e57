import { AsyncResource } from "node:async_hooks";
import {
  ErrorHook,
  type Input,
  log,
  type Output,
  output,
  ResourceHook,
  type ResourceHookArgs,
  type ResourceHookBinding,
} from "@pulumi/pulumi";
import { closeGuard, type GuardArgs, type GuardNews, openGuard, revertGuard } from "../../provider/resources";
import type { TargetInput } from "../../provider/schema/target-input";
import type { Duration, NamedTarget } from "../args";
import { configuredConnections, inProgram } from "../in-program";

/** A resource that is about to change. Which values are set depends on the operation. */
export type ChangedResource = Pick<ResourceHookArgs, "urn" | "id" | "name" | "type"> &
  Partial<Pick<ResourceHookArgs, "newInputs" | "oldInputs" | "oldOutputs">>;

/** The VM to guard, or a function of the changing resource. Undefined skips the guard. */
export type GuardTarget =
  | Input<string | NamedTarget>
  | ((change: ChangedResource) => Input<string | NamedTarget | undefined> | undefined);

/** Options of {@link snapshotBefore}. */
export interface SnapshotBeforeOptions {
  /**
   * Name of the connection, as configured under `snapstate:connections`.
   * @default "default"
   */
  connection?: string;
  /**
   * The kind: what the platform calls a snapshot, or a whole-VM restore point. On vSphere they are the same.
   * @default "snapshot"
   */
  kind?: "snapshot" | "recovery-point";
  /**
   * The required consistency. A snapshot with less blocks the change.
   * @default "crash"
   */
  consistency?: "crash" | "filesystem" | "memory";
  /**
   * Which operations to guard. A replacement is a create and a delete. With `delete`, `pulumi destroy` needs
   * `--run-program`, since hooks are part of the program.
   * @default ["update"]
   */
  on?: ("create" | "update" | "delete")[];
  /**
   * Keep the snapshot this long after a success. It is deleted by the first guarded change after that, or by `snapstate
   * prune`.
   * @default deleted after a success
   */
  ttl?: Duration;
  /**
   * Revert the VM if the change fails. Its changes since the snapshot are lost.
   * @default false
   */
  revertOnError?: boolean;
  /**
   * Name of the hooks, unique in the stack.
   * @default derived from the options
   */
  name?: string;
  /** Time limits for taking, deleting and reverting. */
  timeouts?: { create?: Duration; update?: Duration; delete?: Duration };
}

/**
 * Hooks that take a snapshot of a VM before a resource changes, delete it after a success and keep it after a failure.
 * The resource may be of any provider: the VM itself, or a deployment to it. If the snapshot cannot be taken, the
 * change does not start.
 *
 * @example
 * ```ts
 * const deploy = new command.remote.Command("deploy", { … }, { hooks: snapshotBefore("/DC0/vm/web-1", { on: ["create", "update"] }) });
 * ```
 */
export function snapshotBefore(target: GuardTarget, options: SnapshotBeforeOptions = {}): ResourceHookBinding {
  const { on = ["update"], revertOnError = false } = options;
  const name = options.name ?? `snapstate-guard-${++unnamed}`;
  const config = configuredConnections();
  // Hooks run outside the program's context; without it, their messages in an inline program of the Automation API
  // would go to the console instead of the engine's log.
  const run = AsyncResource.bind(async (change: ChangedResource, step: Step) => {
    const args = await guardArgs(target, options, change);
    if (args === undefined) return;
    const news = await inProgram(
      config,
      (context) => step(args, context),
      ({ message, severity }) => void (severity === "warning" ? log.warn(message) : log.debug(message)),
    );
    if (news) await log.info(news.message);
  });
  const open = new ResourceHook(`${name}-open`, (change) => run(change, openGuard));
  // The change has succeeded: a failure to delete the snapshot must not fail it.
  const close = new ResourceHook(`${name}-close`, (change) => run(change, closeGuard), { ignoreErrors: true });
  const revert = async (change: ChangedResource) => {
    await run(change, revertGuard);
    return false;
  };
  return {
    ...(on.includes("create") ? { beforeCreate: [open], afterCreate: [close] } : {}),
    ...(on.includes("update") ? { beforeUpdate: [open], afterUpdate: [close] } : {}),
    ...(on.includes("delete") ? { beforeDelete: [open], afterDelete: [close] } : {}),
    // Engines before 3.217 have no error hooks, so one is made only if needed.
    ...(revertOnError ? { onError: [new ErrorHook(`${name}-error`, revert)] } : {}),
  };
}

type Step = (args: GuardArgs, context: Parameters<typeof openGuard>[1]) => Promise<GuardNews | undefined>;

let unnamed = 0;

async function guardArgs(
  target: GuardTarget,
  options: SnapshotBeforeOptions,
  change: ChangedResource,
): Promise<GuardArgs | undefined> {
  const found = await settled(typeof target === "function" ? target(change) : target);
  if (found === undefined) return undefined;
  const { connection = "default", kind = "snapshot", consistency = "crash", ttl, timeouts } = options;
  return { connection, target: found, kind, consistency, identity: change.urn, name: change.name, ttl, timeouts };
}

/** The plain value of outputs and promises. When a hook runs, all inputs of the resource are known. */
function settled(value: Input<string | NamedTarget | undefined> | undefined): Promise<TargetInput | undefined> {
  return new Promise((resolve) => {
    (output(value) as Output<TargetInput | undefined>).apply(resolve);
  });
}
