import { SnapstateError } from "../../core/errors";
import { type OperationContext, pollUntil } from "../../core/operation";
import type { Support } from "../contract";
import type { Derived, DerivedCapability, DerivedKind, DerivedSpec } from "../derived";
import { decodeMarkedName, encodeMarkedName, MARKER_ROOM } from "../ownership";
import type { TextLimits } from "../text-limits";
import type { CloudmcApi, Entity } from "./client/api";
import type { TaskWaiter } from "./client/tasks";
import { field } from "./environment";
import { idIn, taskFailed } from "./errors";
import type { CloudmcSettings } from "./settings";

/** States of an object that is still being created. */
const CREATING_STATES = /^(allocated|creating|notready|pending|uploading|downloading)$/i;
const FAILED = /error|fail|destroy|expung/i;

/**
 * Templates and data volumes from volume snapshots. Their operations are not publicly documented; the profile has them.
 */
export class CloudmcDerived implements DerivedCapability {
  constructor(
    private readonly api: CloudmcApi,
    private readonly tasks: TaskWaiter,
    private readonly settings: CloudmcSettings,
    /** Called before and after each change. */
    private readonly changed: () => void,
  ) {}

  textLimits(): TextLimits {
    return { name: { max: this.settings.profile.longestName - MARKER_ROOM } };
  }

  supports(): Support {
    return { supported: true };
  }

  async list(kind: DerivedKind, call: OperationContext): Promise<Derived[]> {
    return (await this.api.list(this.entity(kind), {}, call)).map((entity) => this.copy(entity));
  }

  async read(kind: DerivedKind, id: string, call: OperationContext): Promise<Derived> {
    return this.copy(await this.api.get(this.entity(kind), id, call));
  }

  async create(kind: DerivedKind, spec: DerivedSpec, call: OperationContext): Promise<string> {
    const { createTemplateOperation, createVolumeOperation, longestName } = this.settings.profile;
    const name = encodeMarkedName(spec.name, spec, longestName, call.operation);
    const operation = kind === "template" ? createTemplateOperation : createVolumeOperation;
    const body = {
      name,
      ...(kind === "volume" && spec.attachTo !== undefined ? { instanceId: spec.attachTo } : {}),
      ...(kind === "template" && spec.osType !== undefined ? { osTypeId: spec.osType } : {}),
      ...(kind === "template" && spec.passwordEnabled ? { passwordEnabled: true } : {}),
    };
    const path = { entity: "snapshots", id: spec.snapshotId, operation };
    const { taskId, id } = await this.run("POST", path, body, call);
    if (id !== undefined) return id;
    const detail = `the task succeeded but names no ${kind}`;
    throw new SnapstateError({ kind: "lost-reply", operation: call.operation, detail, taskId });
  }

  async settle(kind: DerivedKind, id: string, call: OperationContext): Promise<void> {
    const made = async () => ((await this.read(kind, id, call)).state === "making" ? undefined : true);
    await pollUntil(made, { first: 200, max: 5000 }, call, id);
  }

  async remove(kind: DerivedKind, id: string, call: OperationContext): Promise<void> {
    await this.run("DELETE", { entity: this.entity(kind), id }, undefined, call);
  }

  async attach(volumeId: string, vmId: string | undefined, call: OperationContext): Promise<void> {
    const operation = vmId === undefined ? "detachFromInstance" : "attachToInstance";
    const body = vmId === undefined ? undefined : { instanceId: vmId };
    await this.run("POST", { entity: "volumes", id: volumeId, operation }, body, call);
  }

  private entity(kind: DerivedKind): string {
    return kind === "template" ? this.settings.profile.templateEntity : "volumes";
  }

  private async run(
    method: "POST" | "DELETE",
    path: { entity: string; id: string; operation?: string },
    body: object | undefined,
    call: OperationContext,
  ): Promise<{ taskId: string; id: string | undefined }> {
    this.changed();
    try {
      const { taskId, data } = await this.api.change(method, path, body, call);
      const end = await this.tasks.wait(taskId, `${method} ${path.entity}`, call);
      if (end.status === "FAILED") throw taskFailed(end.why, taskId, call);
      return { taskId, id: idIn(end.result) ?? idIn(data) };
    } finally {
      this.changed();
    }
  }

  private copy(entity: Entity): Derived {
    const stateWord = field(entity, "state");
    const created = Date.parse(field(entity, this.settings.profile.snapshotCreatedField));
    const attachedTo = field(entity, "instanceId");
    const gigabytes = Number(field(entity, "sizeInGb"));
    return {
      id: field(entity, "id"),
      ...decodeMarkedName(field(entity, "name")),
      createdAt: Number.isNaN(created) ? "" : new Date(created).toISOString(),
      state: CREATING_STATES.test(stateWord) ? "making" : FAILED.test(stateWord) ? "failed" : "ready",
      stateWord,
      ...(gigabytes > 0 ? { sizeBytes: gigabytes * 1024 ** 3 } : {}),
      ...(attachedTo === "" ? {} : { attachedTo }),
    };
  }
}
