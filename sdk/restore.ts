import type { CustomResourceOptions } from "@pulumi/pulumi";
import { restoreProvider } from "./providers";
import { resourceWith } from "./resource";
import type { RestoreArgs, RestoreOutputs } from "./types/restore";

export type { RestoreArgs, RestoreOutputs } from "./types/restore";

/**
 * Reverts a VM to a snapshot, once for each change of `triggers`. A refresh never reverts, and deleting the resource does
 * nothing to the VM.
 *
 * @example
 * ```ts
 * const rollback = config.get("rollback"); // pulumi config set rollback "ticket 4711"
 * new Restore("web-1-rollback", {
 *   target: "/DC0/vm/web-1",
 *   snapshot: before.platformId,
 *   triggers: rollback ? [rollback] : [],
 * });
 * ```
 */
export class Restore extends resourceWith<RestoreOutputs>() {
  constructor(name: string, args: RestoreArgs, options?: CustomResourceOptions) {
    super("Restore", restoreProvider, name, args, options);
  }
}
