import { ApiError, CS_CODES, invalidValue } from "../api-error";
import { LIST_RULES, listReply, visible } from "../parameters";
import type { DiskOfferingRow, SnapshotRow, VolumeRow } from "../records";
import { GIB } from "../state";
import { volumeView } from "../views/machines";
import { type AsyncCommand, type Command, mayOperate, required } from "./command";
import { checkQuota } from "./quota";
import { newestFirst } from "./snapshots";
import { attach, attachVolume, detachVolume } from "./volume-attachment";

const listVolumes: Command = {
  name: "listVolumes",
  parameters: {
    ...LIST_RULES,
    id: { type: "uuid", of: "volumes" },
    ids: { type: "uuids", of: "volumes" },
    name: { type: "text" },
    virtualmachineid: { type: "uuid", of: "vms" },
    type: { type: "text" },
    zoneid: { type: "uuid", of: "zones" },
    state: { type: "text" },
  },
  answer(call) {
    const { parameters, state } = call;
    const id = parameters.text("id");
    const ids = parameters.texts("ids");
    const name = parameters.text("name");
    const vm = parameters.row("virtualmachineid", state.vms);
    const type = parameters.text("type");
    const zone = parameters.row("zoneid", state.zones);
    const wanted = parameters.text("state");
    const keyword = parameters.text("keyword");
    const rows = state.volumes
      .filter((row) => id === undefined || row.id === id)
      .filter((row) => ids.length === 0 || ids.includes(row.id))
      .filter((row) => name === undefined || row.name === name)
      .filter((row) => vm === undefined || row.vm === vm)
      .filter((row) => type === undefined || row.type === type.toUpperCase())
      .filter((row) => zone === undefined || row.zone === zone)
      .filter((row) => wanted === undefined || row.state === wanted)
      .filter((row) => keyword === undefined || row.name.includes(keyword));
    const seen = visible(call, rows, id !== undefined || ids.length > 0);
    return listReply(call, "volume", newestFirst(seen), (row) => volumeView(state, row));
  },
};

const createVolume: AsyncCommand = {
  name: "createVolume",
  className: "user.volume.CreateVolumeCmd",
  parameters: {
    name: { type: "text", field: "volumeName" },
    snapshotid: { type: "uuid", of: "snapshots" },
    diskofferingid: { type: "uuid", of: "diskOfferings" },
    zoneid: { type: "uuid", of: "zones" },
    size: { type: "number" },
    virtualmachineid: { type: "uuid", of: "vms" },
    projectid: { type: "uuid", of: "projects" },
    account: { type: "text" },
    domainid: { type: "uuid", of: "domains" },
    tags: { type: "map" },
  },
  begin(call) {
    const { parameters, state } = call;
    const snapshot = parameters.row("snapshotid", state.snapshots);
    const offering = parameters.row("diskofferingid", state.diskOfferings);
    const vm = parameters.row("virtualmachineid", state.vms);
    const zone = parameters.row("zoneid", state.zones) ?? snapshot?.volume.zone;
    if (vm !== undefined) mayOperate(call, vm);
    if (snapshot !== undefined) checkSource(mayOperate(call, snapshot));
    if (zone === undefined) throw invalidValue("Unable to determine the zone for the volume");
    const project = parameters.row("projectid", state.projects) ?? snapshot?.project;
    const account = project?.owner ?? call.account;
    const name = parameters.text("name") ?? "";
    const row: VolumeRow = {
      ...{ id: "", number: 0, created: new Date(), account, project, name, zone, tags: [] },
      type: "DATADISK",
      sizeBytes: sizeOf(snapshot, offering, parameters.number("size")),
      state: snapshot === undefined ? "Allocated" : "Creating",
      format: snapshot?.volume.format ?? "QCOW2",
      encrypted: false,
      managed: snapshot?.volume.managed ?? false,
      quiesces: false,
      offering,
      snapshot,
    };
    checkQuota(call, "volume", row);
    const { id: _id, number: _number, ...fields } = row;
    const volume = state.volumes.add(fields);
    return {
      id: volume.id,
      instance: { type: "Volume", id: volume.id },
      async work(run) {
        await run.pass("queued");
        const failing = run.failure() !== undefined;
        await run.pass("working");
        if (failing) {
          volume.removed = true;
          throw new ApiError(530, CS_CODES.api, "Failed to create a volume");
        }
        if (snapshot !== undefined) volume.state = "Ready";
        // The volume remains if it cannot be attached.
        if (vm !== undefined) attach(state, volume, vm);
        return { volume: volumeView(state, volume) };
      },
    };
  },
};

function checkSource(snapshot: SnapshotRow): void {
  if (snapshot.state === "BackedUp" && snapshot.removed !== true) return;
  throw invalidValue(
    `Snapshot id=${snapshot.number} is not in BackedUp state yet and can't be used for volume creation`,
  );
}

function sizeOf(snapshot: SnapshotRow | undefined, offering: DiskOfferingRow | undefined, gib?: number): number {
  if (snapshot !== undefined) return Math.max(snapshot.volume.sizeBytes, (gib ?? 0) * GIB);
  if (offering === undefined)
    throw invalidValue(
      "Missing parameter(s),either a positive volume size or a valid disk offering id must be specified.",
    );
  if (offering.sizeBytes !== undefined) return offering.sizeBytes;
  if (gib === undefined) throw invalidValue("This disk offering requires a custom size specified");
  return gib * GIB;
}

/** Synchronous: the volume is destroyed and expunged. */
const deleteVolume: Command = {
  name: "deleteVolume",
  changes: true,
  parameters: { id: { type: "uuid", of: "volumes", required: true } },
  answer(call) {
    const volume = mayOperate(call, required(call.parameters.row("id", call.state.volumes)));
    if (volume.removed === true) throw invalidValue(`Unable to find volume with ID: ${volume.id}`);
    if (volume.vm !== undefined) throw invalidValue("Please specify a volume that is not attached to any VM.");
    Object.assign(volume, { state: "Expunging", removed: true });
    return { success: true };
  },
};

export const volumeCommands: Command[] = [listVolumes, createVolume, deleteVolume, attachVolume, detachVolume];
