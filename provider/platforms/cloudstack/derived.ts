import { SnapstateError } from "../../core/errors";
import { type OperationContext, pollUntil } from "../../core/operation";
import type { Support } from "../contract";
import type { Derived, DerivedCapability, DerivedKind, DerivedSpec } from "../derived";
import { decodeMarkedName, decodeText, encodeMarkedName, encodeText, MARKER_ROOM } from "../ownership";
import type { TextLimits } from "../text-limits";
import type { Actions } from "./actions";
import type { CloudStackApi } from "./client/api";
import { CloudStackFailure } from "./client/failure";
import { wholeList } from "./client/lists";
import type { Entity } from "./client/replies";
import type { Parameters } from "./client/signing";
import { NO_SUCH, wrapErrors } from "./errors";
import { idOf, stateOf, textOf } from "./kinds";
import { timeOf } from "./mapping";
import { otherOwner } from "./reader";
import type { Scope } from "./scope";
import { MAX_TEXT } from "./texts";

const LISTS = {
  // The filter is required; `self` means templates of the owner.
  template: { command: "listTemplates", key: "template", filter: { templatefilter: "self" } },
  volume: { command: "listVolumes", key: "volume", filter: {} },
} as const;

/** Templates and volumes from volume snapshots. Templates have a description; a volume's marker is in its name. */
export class CloudStackDerived implements DerivedCapability {
  constructor(
    private readonly api: CloudStackApi,
    private readonly actions: Actions,
    private readonly scope: Scope,
    private readonly pageSize: number,
    private readonly stuckAfter: number,
  ) {}

  textLimits(kind: DerivedKind): TextLimits {
    return { name: { max: kind === "volume" ? MAX_TEXT - MARKER_ROOM : MAX_TEXT } };
  }

  supports(): Support {
    return { supported: true };
  }

  list(kind: DerivedKind, call: OperationContext): Promise<Derived[]> {
    return wrapErrors(call, async () => (await this.rows(kind, {}, call)).map((row) => this.copy(kind, row)));
  }

  read(kind: DerivedKind, id: string, call: OperationContext): Promise<Derived> {
    return wrapErrors(call, async () => this.copy(kind, await this.row(kind, id, call)));
  }

  create(kind: DerivedKind, spec: DerivedSpec, call: OperationContext): Promise<string> {
    return wrapErrors(call, async () => {
      const done =
        kind === "template"
          ? await this.actions.run("createTemplate", await this.template(spec, call), call)
          : await this.actions.run("createVolume", this.volume(spec, call), call);
      if (done.id !== undefined) return done.id;
      const detail = `the job succeeded but names no ${kind}`;
      throw new SnapstateError({ kind: "lost-reply", operation: call.operation, detail, taskId: done.jobId });
    });
  }

  async settle(kind: DerivedKind, id: string, call: OperationContext): Promise<void> {
    const made = async () => ((await this.read(kind, id, call)).state === "making" ? undefined : true);
    await pollUntil(made, { first: 200, max: 5000 }, call, id);
  }

  remove(kind: DerivedKind, id: string, call: OperationContext): Promise<void> {
    return wrapErrors(call, async () => {
      if (kind === "template") await this.actions.run("deleteTemplate", { id }, call, id);
      else await this.api.change("deleteVolume", { id }, call);
    });
  }

  attach(volumeId: string, vmId: string | undefined, call: OperationContext): Promise<void> {
    return wrapErrors(call, async () => {
      if (vmId === undefined) await this.actions.run("detachVolume", { id: volumeId }, call, volumeId);
      else await this.actions.run("attachVolume", { id: volumeId, virtualmachineid: vmId }, call, volumeId);
    });
  }

  private async template(spec: DerivedSpec, call: OperationContext): Promise<Parameters> {
    const osType = spec.osType ?? (await this.osTypeOf(spec.snapshotId, call));
    if (osType === undefined) {
      throw new SnapstateError({
        kind: "bad-input",
        operation: call.operation,
        detail: "CloudStack requires the guest's OS type, and stores it for snapshots of root disks only",
        hint: "Set osType to an id from listOsTypes",
      });
    }
    const { owner } = await this.scope.limits(call);
    return {
      snapshotid: spec.snapshotId,
      name: spec.name,
      displaytext: encodeText(spec) || spec.name,
      ostypeid: osType,
      ...(owner.projectid === undefined ? {} : { projectid: owner.projectid }),
      ...(spec.passwordEnabled ? { passwordenabled: "true" } : {}),
    };
  }

  private volume(spec: DerivedSpec, call: OperationContext): Parameters {
    return {
      snapshotid: spec.snapshotId,
      name: encodeMarkedName(spec.name, spec, MAX_TEXT, call.operation),
      ...(spec.attachTo === undefined ? {} : { virtualmachineid: spec.attachTo }),
    };
  }

  private async osTypeOf(snapshotId: string, call: OperationContext): Promise<string | undefined> {
    const { owner } = await this.scope.limits(call);
    const parameters = { ...owner, id: snapshotId };
    const [row] = await wholeList(this.api, "listSnapshots", "snapshot", parameters, this.pageSize, call);
    return row && textOf(row, "ostypeid");
  }

  private copy(kind: DerivedKind, row: Entity): Derived {
    const word = kind === "template" ? (row.isready === true ? "Ready" : "NotReady") : stateOf(row);
    const stored = textOf(row, "name") ?? "";
    const texts =
      kind === "volume" ? decodeMarkedName(stored) : { name: stored, ...decodeText(textOf(row, "displaytext") ?? "") };
    const size = Number(row.size ?? Number.NaN);
    const vm = kind === "volume" ? textOf(row, "virtualmachineid") : undefined;
    return {
      id: idOf(row),
      ...texts,
      createdAt: timeOf(row),
      state: this.stateOf(word, row),
      stateWord: word,
      ...(size > 0 ? { sizeBytes: size } : {}),
      ...(vm === undefined ? {} : { attachedTo: vm }),
    };
  }

  /** A killed server leaves an incomplete object; the only sign is that no job of ours is running. */
  private stateOf(word: string, row: Entity): Derived["state"] {
    if (/Error|Failed|Destroy|Expung/.test(word)) return "failed";
    if (!["NotReady", "Creating", "Allocated"].includes(word)) return "ready";
    if (textOf(row, "jobid") !== undefined || this.actions.jobOf(idOf(row)) !== undefined) return "making";
    return Date.now() - Date.parse(timeOf(row)) > this.stuckAfter ? "failed" : "making";
  }

  private async row(kind: DerivedKind, id: string, call: OperationContext): Promise<Entity> {
    const [row] = await this.rowsOf(kind, { id }, call);
    if (row !== undefined) return row;
    // `{}` means deleted, or of another owner. The caller has verified the connection's owner.
    const elsewhere: Parameters[] = [{ projectid: "-1", listall: "true" }, { listall: "true" }];
    for (const where of elsewhere) {
      const [found] = await this.rowsOf(kind, { ...where, id }, call, false);
      if (found !== undefined) throw otherOwner(kind, id, found, call);
    }
    throw new SnapstateError({ kind: "not-found", operation: call.operation, detail: `${kind} ${id} does not exist` });
  }

  /** None if the server reports that an id in the parameters never existed. */
  private async rowsOf(kind: DerivedKind, what: Parameters, call: OperationContext, own = true): Promise<Entity[]> {
    try {
      return await this.rows(kind, what, call, own);
    } catch (error) {
      if (error instanceof CloudStackFailure && NO_SUCH.test(error.text)) return [];
      throw error;
    }
  }

  private async rows(kind: DerivedKind, what: Parameters, call: OperationContext, own = true): Promise<Entity[]> {
    const { command, key, filter } = LISTS[kind];
    const { owner } = await this.scope.limits(call);
    const parameters = { ...(own ? owner : {}), ...filter, ...what };
    const rows = await wholeList(this.api, command, key, parameters, this.pageSize, call);
    // A template is listed once per zone.
    return [...new Map(rows.map((row) => [idOf(row), row])).values()];
  }
}
