import { ApiError, CS_CODES, invalidValue } from "../api-error";
import { LIST_RULES, listReply, visible } from "../parameters";
import type { VmSnapshotRow } from "../records";
import type { CloudState } from "../state";
import { compactTime } from "../views/common";
import { vmView } from "../views/machines";
import { vmSnapshotView } from "../views/vm-snapshots";
import { type AsyncCommand, type Command, mayOperate, required } from "./command";
import { newestFirst } from "./snapshots";
import { checkCreate, checkDelete, checkRevert } from "./vm-snapshot-rules";
import { shown } from "./vm-snapshot-texts";

const listVMSnapshot: Command = {
  name: "listVMSnapshot",
  parameters: {
    ...LIST_RULES,
    vmsnapshotid: { type: "uuid", of: "vmSnapshots" },
    vmsnapshotids: { type: "uuids", of: "vmSnapshots" },
    virtualmachineid: { type: "uuid", of: "vms" },
    name: { type: "text" },
    state: { type: "text" },
  },
  answer(call) {
    const { parameters, state } = call;
    const id = parameters.text("vmsnapshotid");
    const ids = parameters.texts("vmsnapshotids");
    const vm = parameters.row("virtualmachineid", state.vms);
    const name = parameters.text("name");
    const wanted = parameters.text("state");
    const rows = state.vmSnapshots
      .filter((row) => row.state !== "Hidden")
      .filter((row) => id === undefined || row.id === id)
      .filter((row) => ids.length === 0 || ids.includes(row.id))
      .filter((row) => vm === undefined || row.vm === vm)
      .filter((row) => name === undefined || row.displayName === name)
      .filter((row) => wanted === undefined || row.state === wanted);
    const seen = visible(call, rows, id !== undefined || ids.length > 0);
    return listReply(call, "vmSnapshot", newestFirst(seen), vmSnapshotView);
  },
};

const createVMSnapshot: AsyncCommand = {
  name: "createVMSnapshot",
  className: "user.vmsnapshot.CreateVMSnapshotCmd",
  parameters: {
    virtualmachineid: { type: "uuid", of: "vms", required: true },
    name: { type: "text", field: "displayName" },
    description: { type: "text" },
    snapshotmemory: { type: "flag" },
    quiescevm: { type: "flag" },
  },
  begin(call) {
    const { parameters, state } = call;
    const vm = mayOperate(call, required(parameters.row("virtualmachineid", state.vms)));
    const memory = parameters.flag("snapshotmemory");
    const quiesce = parameters.flag("quiescevm");
    checkCreate(state, vm, memory);
    const name = `${vm.instanceName}_VS_${compactTime(new Date())}`;
    const row = state.vmSnapshots.add({
      account: vm.account,
      project: vm.project,
      name,
      displayName: parameters.text("name") ?? name,
      description: parameters.text("description"),
      vm,
      state: "Allocated",
      type: memory ? "DiskAndMemory" : "Disk",
      current: false,
      tags: [],
    });
    return {
      id: row.id,
      instance: { type: "VmSnapshot", id: row.id },
      async work(run) {
        await run.pass("queued");
        row.state = "Creating";
        const failing = run.failure() !== undefined;
        await run.pass("working");
        if (failing) throw spoilt(row, "class com.cloud.agent.api.Answer cannot be cast");
        if (quiesce && !vm.guestAgent) throw spoilt(row, "the QEMU guest agent is not connected");
        becomeCurrent(state, row);
        return { vmsnapshot: vmSnapshotView(row) };
      },
    };
  },
};

function becomeCurrent(state: CloudState, row: VmSnapshotRow): void {
  const before = state.vmSnapshotsOf(row.vm).find((other) => other.current);
  if (before !== undefined) before.current = false;
  Object.assign(row, { state: "Ready", current: true, parent: before });
}

/** The row remains, in Error. */
function spoilt(row: VmSnapshotRow, why: string): ApiError {
  row.state = "Error";
  return new ApiError(530, CS_CODES.runtime, `Failed to create vm snapshot: [${shown(row)}] due to: ${why}`);
}

const deleteVMSnapshot: AsyncCommand = {
  name: "deleteVMSnapshot",
  className: "user.vmsnapshot.DeleteVMSnapshotCmd",
  parameters: { vmsnapshotid: { type: "uuid", of: "vmSnapshots", required: true } },
  begin(call) {
    const { parameters, state } = call;
    const row = mayOperate(call, notRemoved(required(parameters.row("vmsnapshotid", state.vmSnapshots))));
    return {
      instance: { type: "VmSnapshot", id: row.id },
      async work(run) {
        await run.pass("queued");
        // Another job was faster. The message is from the source code; no reply was recorded.
        if (row.removed === true) throw invalidValue(`unable to find the vm snapshot with id ${row.number}`);
        checkDelete(state, row);
        row.state = "Expunging";
        const failing = run.failure() !== undefined;
        await run.pass("working");
        if (failing) throw new ApiError(530, CS_CODES.api, "Failed to delete vm snapshot");
        remove(state, row);
        return { success: true };
      },
    };
  },
};

/** Children move up to the parent, if any; the parent of the current one becomes current. */
export function remove(state: CloudState, row: VmSnapshotRow): void {
  for (const child of state.vmSnapshotsOf(row.vm)) if (child.parent === row) child.parent = row.parent;
  if (row.current && row.parent !== undefined) row.parent.current = true;
  Object.assign(row, { state: "Removed", removed: true, current: false });
}

const revertToVMSnapshot: AsyncCommand = {
  name: "revertToVMSnapshot",
  className: "user.vmsnapshot.RevertToVMSnapshotCmd",
  parameters: { vmsnapshotid: { type: "uuid", of: "vmSnapshots", required: true } },
  begin(call) {
    const { parameters, state } = call;
    const row = mayOperate(call, notRemoved(required(parameters.row("vmsnapshotid", state.vmSnapshots))));
    return {
      instance: { type: "VmSnapshot", id: row.id },
      async work(run) {
        await run.pass("queued");
        checkRevert(state, row);
        row.state = "Reverting";
        const failing = run.failure() !== undefined;
        await run.pass("working");
        row.state = "Ready";
        if (failing) throw new ApiError(530, CS_CODES.runtime, "Failed to revert VM snapshot");
        for (const other of state.vmSnapshotsOf(row.vm)) other.current = other === row;
        row.vm.updated = new Date();
        return { virtualmachine: vmView(state, row.vm) };
      },
    };
  },
};

function notRemoved(row: VmSnapshotRow): VmSnapshotRow {
  if (row.removed !== true) return row;
  throw invalidValue(`Unable to find UUID for id [${row.number}] of type [VMSnapshot]`);
}

export const vmSnapshotCommands: Command[] = [listVMSnapshot, createVMSnapshot, deleteVMSnapshot, revertToVMSnapshot];
