import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { InspectOptions } from "../contract";
import type { Blocker, SnapshotKind, TargetState } from "../contract-types";
import type { CloudStackApi } from "./client/api";
import type { CloudStackFailure } from "./client/failure";
import { wholeList } from "./client/lists";
import type { Entity } from "./client/replies";
import { failureError, MASKED } from "./errors";
import { idOf, stateOf, textOf, WORDS } from "./kinds";
import type { Scope } from "./scope";

/** What blocks a snapshot, as far as a user can see it. */
export class Readiness {
  constructor(
    private readonly api: CloudStackApi,
    private readonly scope: Scope,
    private readonly pageSize: number,
  ) {}

  /** Adds what needs further calls to the state. */
  async add(
    kind: SnapshotKind,
    state: TargetState,
    target: Entity | undefined,
    { readiness = false, advisory = false }: InspectOptions,
    call: OperationContext,
  ): Promise<TargetState> {
    if (kind === "recovery-point" || target === undefined || !readiness) return state;
    const vmId = advisory ? textOf(target, "virtualmachineid") : undefined;
    const [kvm, vmSnapshots] = await Promise.all([
      this.kvmBlocker(target, call),
      vmId === undefined ? [] : this.snapshotsOf("recovery-point", vmId, call),
    ]);
    const canQuiesce = target.quiescevm === true;
    const reason = "the volume's storage cannot quiesce a VM for a volume snapshot. A recovery point can";
    return {
      ...state,
      blockers: [...state.blockers, ...kvm],
      quiesceReady: canQuiesce ? { ready: true } : { ready: false, reason },
      // Attaching, detaching and resizing are refused while the VM has VM snapshots.
      resizeBlocked: vmSnapshots.length > 0,
    };
  }

  /** CloudStack hides most reasons from users. Determines the most likely one. */
  async reasonOf(
    failure: CloudStackFailure,
    kind: SnapshotKind,
    targetId: string,
    call: OperationContext,
  ): Promise<SnapstateError> {
    if (!MASKED.test(failure.text)) return failureError(failure, call);
    const refusedAs = (kindOf: "busy" | "unsupported" | "conflict", why: string, hint: string) =>
      new SnapstateError({
        kind: kindOf,
        operation: call.operation,
        detail: `${failure.text} (${why})`,
        code: String(failure.code),
        hint,
      });
    const vmId = kind === "snapshot" ? await this.vmOf(targetId, call) : targetId;
    const rows = vmId === undefined ? [] : await this.snapshotsOf("recovery-point", vmId, call);
    const busy = rows.find((row) => WORDS["recovery-point"].transientStates.includes(stateOf(row)));
    if (busy !== undefined) {
      const why = `its VM snapshot ${idOf(busy)} is ${stateOf(busy)}`;
      return refusedAs("busy", why, "Wait for it to end, then run again");
    }
    const volume = kind === "snapshot" ? await this.volume(targetId, call) : undefined;
    const [blocker] = volume === undefined ? [] : await this.kvmBlocker(volume, call);
    if (blocker !== undefined) {
      return refusedAs(
        "unsupported",
        blocker.message,
        "Stop the VM, or ask the administrator to enable kvm.snapshot.enabled",
      );
    }
    if (rows.length > 0 && kind === "snapshot") {
      const why = `the VM has ${rows.length} VM snapshots, which on some storage exclude volume snapshots`;
      return refusedAs("conflict", why, "Remove the recovery points, or contact the administrator");
    }
    return refusedAs(
      "conflict",
      "CloudStack hides the reason from users",
      "Ask the administrator for the management server's log of this time",
    );
  }

  private async kvmBlocker(volume: Entity, call: OperationContext): Promise<Blocker[]> {
    if (volume.vmstate !== "Running") return [];
    const vmId = textOf(volume, "virtualmachineid");
    if ((await this.hypervisorOf(volume, vmId, call)) !== "KVM") return [];
    const { capability } = await this.api.read("listCapabilities", {}, call);
    if ((capability as Entity | undefined)?.kvmsnapshotenabled !== false) return [];
    const message =
      "its VM is running on KVM, where this CloudStack takes volume snapshots of stopped VMs only (kvm.snapshot.enabled is false)";
    return [{ code: "kvm-running", message, blocks: "all" }];
  }

  private async hypervisorOf(
    volume: Entity,
    vmId: string | undefined,
    call: OperationContext,
  ): Promise<string | undefined> {
    if (typeof volume.hypervisor === "string") return volume.hypervisor;
    if (vmId === undefined) return undefined;
    const [vm] = await this.list("listVirtualMachines", "virtualmachine", { id: vmId }, call);
    return vm && textOf(vm, "hypervisor");
  }

  private async volume(id: string, call: OperationContext): Promise<Entity | undefined> {
    return (await this.list("listVolumes", "volume", { id }, call))[0];
  }

  private async vmOf(volumeId: string, call: OperationContext): Promise<string | undefined> {
    const volume = await this.volume(volumeId, call);
    return volume && textOf(volume, "virtualmachineid");
  }

  private snapshotsOf(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<Entity[]> {
    const { list, key, of } = WORDS[kind].snapshots;
    return this.list(list, key, { [of]: targetId }, call);
  }

  private async list(
    command: string,
    key: string,
    what: Record<string, string>,
    call: OperationContext,
  ): Promise<Entity[]> {
    const { owner } = await this.scope.limits(call);
    return wholeList(this.api, command, key, { ...owner, ...what }, this.pageSize, call);
  }
}
