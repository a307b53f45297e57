import { ApiError, CS_CODES, invalidValue } from "../api-error";
import { LIST_RULES, listReply, visible } from "../parameters";
import type { SnapshotRow, VolumeRow } from "../records";
import { templateView } from "../views/machines";
import { type AsyncCommand, type Command, mayOperate, required } from "./command";
import { checkQuota } from "./quota";
import { newestFirst } from "./snapshots";

const FILTERS = ["featured", "self", "selfexecutable", "sharedexecutable", "executable", "community", "all"];

const listTemplates: Command = {
  name: "listTemplates",
  parameters: {
    ...LIST_RULES,
    templatefilter: { type: "text", required: true },
    id: { type: "uuid", of: "templates" },
    ids: { type: "uuids", of: "templates" },
    name: { type: "text" },
    zoneid: { type: "uuid", of: "zones" },
  },
  answer(call) {
    const { parameters, state } = call;
    const filter = parameters.text("templatefilter") as string;
    if (!FILTERS.includes(filter)) throw invalidValue(`Invalid template filter: ${filter}`);
    const id = parameters.text("id");
    const ids = parameters.texts("ids");
    const name = parameters.text("name");
    const zone = parameters.row("zoneid", state.zones);
    const rows = state.templates
      .filter((row) => id === undefined || row.id === id)
      .filter((row) => ids.length === 0 || ids.includes(row.id))
      .filter((row) => name === undefined || row.name === name)
      .filter((row) => zone === undefined || row.zone === zone);
    const seen = visible(call, rows, id !== undefined || ids.length > 0);
    return listReply(call, "template", newestFirst(seen), (row) => templateView(state, row));
  },
};

const createTemplate: AsyncCommand = {
  name: "createTemplate",
  className: "user.template.CreateTemplateCmd",
  parameters: {
    name: { type: "text", required: true, field: "templateName" },
    ostypeid: { type: "uuid", of: "osTypes", required: true },
    displaytext: { type: "text", max: 4096 },
    snapshotid: { type: "uuid", of: "snapshots" },
    volumeid: { type: "uuid", of: "volumes" },
    zoneid: { type: "uuid", of: "zones" },
    ispublic: { type: "flag" },
    passwordenabled: { type: "flag" },
    isdynamicallyscalable: { type: "flag" },
    details: { type: "map" },
    projectid: { type: "uuid", of: "projects" },
  },
  begin(call) {
    const { parameters, state } = call;
    const snapshot = parameters.row("snapshotid", state.snapshots);
    const volume = snapshot?.volume ?? parameters.row("volumeid", state.volumes);
    if (volume === undefined) {
      throw invalidValue("Failed to create private template record, neither volume ID nor snapshot ID were specified.");
    }
    const source = mayOperate(call, snapshot ?? volume);
    if (snapshot !== undefined) checkSnapshot(snapshot);
    else checkVolume(volume);
    checkQuota(call, "template", source);
    const name = parameters.text("name") as string;
    const zone = (snapshot && parameters.row("zoneid", state.zones)) ?? volume.zone;
    if (snapshot !== undefined && !snapshot.zones.includes(zone)) {
      throw invalidValue(`Cannot find snapshot ID: ${snapshot.id} in zone ${zone.name}`);
    }
    const row = state.templates.add({
      account: source.account,
      project: parameters.row("projectid", state.projects) ?? source.project,
      name,
      displayText: parameters.text("displaytext") ?? name,
      zone,
      hypervisor: volume.vm?.hypervisor ?? "KVM",
      ready: false,
      format: volume.format,
      sizeBytes: volume.sizeBytes,
      osType: required(parameters.row("ostypeid", state.osTypes)),
      public: parameters.flag("ispublic"),
      passwordEnabled: parameters.flag("passwordenabled"),
      tags: [],
    });
    return {
      id: row.id,
      instance: { type: "Template", id: row.id },
      async work(run) {
        await run.pass("queued");
        const failing = run.failure() !== undefined;
        await run.pass("working");
        if (failing) {
          row.removed = true;
          throw new ApiError(530, CS_CODES.api, "Failed to create a template");
        }
        row.ready = true;
        return { template: templateView(state, row) };
      },
    };
  },
};

function checkSnapshot(snapshot: SnapshotRow): void {
  if (snapshot.state === "BackedUp" && snapshot.removed !== true) return;
  throw invalidValue(
    `Snapshot id=${snapshot.number} is not in BackedUp state yet and can't be used for template creation`,
  );
}

function checkVolume(volume: VolumeRow): void {
  if (volume.state !== "Ready") throw invalidValue(`Volume ${volume.name} is not in the Ready state`);
  if (volume.vm === undefined || volume.vm.state === "Stopped") return;
  throw invalidValue(`Unable to create a template from the volume of VM ${volume.vm.instanceName}: it is running`);
}

const deleteTemplate: AsyncCommand = {
  name: "deleteTemplate",
  className: "user.template.DeleteTemplateCmd",
  parameters: {
    id: { type: "uuid", of: "templates", required: true },
    zoneid: { type: "uuid", of: "zones" },
    forced: { type: "flag" },
  },
  begin(call) {
    const row = mayOperate(call, required(call.parameters.row("id", call.state.templates)));
    if (row.removed === true) throw invalidValue("Please specify a valid template.");
    return {
      instance: { type: "Template", id: row.id },
      async work(run) {
        await run.pass("queued");
        await run.pass("working");
        row.removed = true;
        return { success: true };
      },
    };
  },
};

export const templateCommands: Command[] = [listTemplates, createTemplate, deleteTemplate];
