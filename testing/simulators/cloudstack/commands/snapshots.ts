import { ApiError, CS_CODES, invalidValue, masked } from "../api-error";
import { LIST_RULES, listReply, visible } from "../parameters";
import type { SnapshotRow, VolumeRow } from "../records";
import type { CloudState } from "../state";
import { compactTime } from "../views/common";
import { snapshotView } from "../views/snapshots";
import { type AsyncCommand, type Command, mayOperate, required } from "./command";
import { checkQuota } from "./quota";
import { checkTagValues } from "./tags";

const listSnapshots: Command = {
  name: "listSnapshots",
  parameters: {
    ...LIST_RULES,
    id: { type: "uuid", of: "snapshots" },
    ids: { type: "uuids", of: "snapshots" },
    name: { type: "text" },
    volumeid: { type: "uuid", of: "volumes" },
    snapshottype: { type: "text" },
    intervaltype: { type: "text" },
    zoneid: { type: "uuid", of: "zones" },
    locationtype: { type: "text" },
    showunique: { type: "flag" },
  },
  answer(call) {
    const { parameters, state } = call;
    const id = parameters.text("id");
    const ids = parameters.texts("ids");
    const zone = parameters.row("zoneid", state.zones);
    const volume = parameters.row("volumeid", state.volumes);
    const name = parameters.text("name");
    const keyword = parameters.text("keyword");
    const rows = state.snapshots
      .filter((row) => row.state !== "Destroyed")
      .filter((row) => id === undefined || row.id === id)
      .filter((row) => ids.length === 0 || ids.includes(row.id))
      .filter((row) => volume === undefined || row.volume === volume)
      .filter((row) => zone === undefined || row.zones.includes(zone))
      .filter((row) => name === undefined || row.name === name)
      .filter((row) => keyword === undefined || row.name.includes(keyword));
    const seen = visible(call, rows, id !== undefined || ids.length > 0);
    return listReply(call, "snapshot", newestFirst(seen), (row) => snapshotView(state, row));
  },
};

const createSnapshot: AsyncCommand = {
  name: "createSnapshot",
  className: "user.snapshot.CreateSnapshotCmd",
  parameters: {
    volumeid: { type: "uuid", of: "volumes", required: true },
    name: { type: "text", field: "snapshotName" },
    policyid: { type: "text" },
    quiescevm: { type: "flag" },
    locationtype: { type: "text" },
    asyncbackup: { type: "flag" },
    tags: { type: "map" },
    zoneids: { type: "uuids", of: "zones" },
    account: { type: "text" },
    domainid: { type: "uuid", of: "domains" },
  },
  begin(call) {
    const { parameters, state } = call;
    const volume = mayOperate(call, required(parameters.row("volumeid", state.volumes)));
    const locationType = parameters.text("locationtype")?.toUpperCase();
    checkVolume(state, volume, locationType);
    checkQuota(call, "snapshot", volume);
    const vmName = volume.vm?.name ?? "detached";
    const zones = parameters.rows("zoneids", state.zones).filter((zone) => zone !== volume.zone);
    const row = state.snapshots.add({
      account: volume.account,
      project: volume.project,
      volume,
      name: parameters.text("name") ?? `${vmName}_${volume.name}_${compactTime(new Date())}`,
      state: "Allocated",
      zones: [volume.zone, ...zones],
      sizeBytes: 0,
      type: "MANUAL",
      tags: [],
      ...(volume.managed && { locationType: locationType === "PRIMARY" ? "PRIMARY" : "SECONDARY" }),
    });
    const tags = parameters.map("tags");
    const quiesce = parameters.flag("quiescevm");
    return {
      id: row.id,
      instance: { type: "Snapshot", id: row.id },
      async work(run) {
        await run.pass("queued");
        const where = run.failure();
        if (where === "primary") {
          row.state = "Error";
          throw notTaken(volume);
        }
        // The row remains unchanged.
        if (quiesce && !volume.quiesces) throw cannotQuiesce(volume);
        row.state = "Creating";
        await run.pass("creating");
        row.state = "BackingUp";
        await run.pass("working");
        if (where !== undefined) {
          row.removed = true;
          throw notTaken(volume);
        }
        row.state = "BackedUp";
        checkTagValues(tags);
        row.tags = tags;
        return { snapshot: snapshotView(state, row, true) };
      },
    };
  },
};

function checkVolume(state: CloudState, volume: VolumeRow, locationType: string | undefined): void {
  if (volume.removed === true) throw invalidValue(`Unable to find volume by id=${volume.number}`);
  if (locationType !== undefined && !volume.managed) {
    throw invalidValue(`VolumeId: ${volume.number} LocationType is supported only for managed storage`);
  }
  if (volume.state !== "Ready") {
    const { number, vm, name, id, type } = volume;
    const shown = JSON.stringify({ id: number, instanceId: vm?.number ?? null, name, uuid: id, volumeType: type });
    throw invalidValue(`Volume: Volume ${shown} is not in Ready state but ${volume.state}. Cannot take snapshot.`);
  }
  if (volume.vm === undefined) return;
  const { vm } = volume;
  if (vm.hypervisor === "KVM" && vm.state === "Running" && !state.settings.kvmSnapshotEnabled) {
    throw masked("KVM Snapshot is not supported for Running VMs.");
  }
  if (vm.state === "Destroyed" || vm.state === "Expunging") {
    throw masked(
      `Creating snapshot failed due to volume:${volume.number} is associated with vm:${vm.instanceName} is in ${vm.state} state`,
    );
  }
  const others = state.volumeSnapshotsOf(vm, ["Creating", "CreatedOnPrimary", "BackingUp"]);
  if ((vm.hypervisor === "KVM" || vm.hypervisor === "VMware") && others.length > 0) {
    throw invalidValue(
      "There is other active snapshot tasks on the instance to which the volume is attached, please try again later",
    );
  }
  // An Allocated VM snapshot does not prevent it.
  const busy = state.vmSnapshotsOf(vm).some((row) => ["Creating", "Reverting", "Expunging"].includes(row.state));
  if (busy) {
    throw masked(
      "There is other active vm snapshot tasks on the instance to which the volume is attached, please try again later",
    );
  }
  if (state.settings.kvmFileBasedVmSnapshots && state.vmSnapshotsOf(vm).some((row) => row.type === "Disk")) {
    throw masked("Volume snapshots are not supported beside file-based VM snapshots");
  }
}

const notTaken = (volume: VolumeRow) =>
  new ApiError(
    530,
    CS_CODES.runtime,
    `Failed to create snapshot due to an internal error creating snapshot for volume ${volume.id}`,
  );

const cannotQuiesce = (volume: VolumeRow) =>
  masked(`Storage of volume ${volume.number} does not support quiescing the VM`);

const deleteSnapshot: AsyncCommand = {
  name: "deleteSnapshot",
  className: "user.snapshot.DeleteSnapshotCmd",
  parameters: {
    id: { type: "uuid", of: "snapshots", required: true },
    zoneid: { type: "uuid", of: "zones" },
  },
  begin(call) {
    const { parameters, state } = call;
    const row = mayOperate(call, required(parameters.row("id", state.snapshots)));
    return {
      instance: { type: "Snapshot", id: row.id },
      async work(run) {
        await run.pass("queued");
        if (row.state === "Destroyed" || row.removed === true) {
          throw invalidValue(`Snapshot [${shownSnapshot(row)}] is already destroyed`);
        }
        if (["Creating", "CreatedOnPrimary", "BackingUp", "Copying"].includes(row.state)) {
          throw invalidValue(`Snapshot [${shownSnapshot(row)}] cannot be deleted in state ${row.state}`);
        }
        if (row.type === "GROUP") {
          throw invalidValue(`Snapshot [${shownSnapshot(row)}] is part of a [GROUP] snapshots`);
        }
        row.state = "Destroying";
        await run.pass("working");
        if (run.failure() !== undefined) {
          row.state = "BackedUp";
          throw new ApiError(530, CS_CODES.api, "Failed to delete snapshot");
        }
        row.state = "Destroyed";
        return { success: true };
      },
    };
  },
};

const revertSnapshot: AsyncCommand = {
  name: "revertSnapshot",
  className: "user.snapshot.RevertSnapshotCmd",
  parameters: { id: { type: "uuid", of: "snapshots", required: true } },
  begin(call) {
    const { parameters, state } = call;
    const row = mayOperate(call, required(parameters.row("id", state.snapshots)));
    return {
      instance: { type: "Snapshot", id: row.id },
      async work(run) {
        await run.pass("queued");
        checkRevert(state, row);
        await run.pass("working");
        return { snapshot: snapshotView(state, row, true) };
      },
    };
  },
};

function checkRevert(state: CloudState, row: SnapshotRow): void {
  const { vm } = row.volume;
  if (row.volume.state !== "Ready") throw invalidValue(`Volume is not in Ready state but ${row.volume.state}`);
  if (vm !== undefined && vm.state !== "Stopped" && vm.state !== "Destroyed") {
    throw invalidValue("The VM the specified disk is attached to is not in the shutdown state.");
  }
  if (vm !== undefined && state.vmSnapshotsOf(vm).length > 0) {
    throw invalidValue(
      "Unable to revert snapshot for VM, please remove VM snapshots before reverting VM from snapshot",
    );
  }
  if (vm?.hypervisor === "KVM") return;
  throw new ApiError(
    530,
    CS_CODES.runtime,
    `Revert snapshot command failed for snapshot ${shownSnapshot(row)}, because this command is supported only for KVM hypervisor`,
  );
}

/** The row as Java prints it. */
function shownSnapshot(row: SnapshotRow): string {
  const { number, name, id, volume } = row;
  return `Snapshot ${JSON.stringify({ id: number, name, uuid: id, version: "2.2", volumeId: volume.number })}`;
}

/** Lists are sorted from newest to oldest. */
export function newestFirst<R extends { number: number }>(rows: readonly R[]): R[] {
  return [...rows].sort((a, b) => b.number - a.number);
}

export const snapshotCommands: Command[] = [listSnapshots, createSnapshot, deleteSnapshot, revertSnapshot];
