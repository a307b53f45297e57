import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { InspectOptions } from "../contract";
import type { SnapshotKind, Target, TargetSelector } from "../contract-types";
import { ambiguousTarget, noSuchTarget } from "../shared/refusals";
import type { Entity } from "./client/replies";
import { idOf, stateOf, textOf, UUID, WORDS } from "./kinds";
import type { TargetReader } from "./reader";

/** Remedy when a target is not found. */
const CHECK = "Check the target, and the connection's project, zone and account: objects of other owners are invisible";

/** Milliseconds for which a list of names is valid if it has exactly one match. */
const MAX_AGE_MS = 1000;

/** The name of a VM's root disk in a path. */
const ROOT = "ROOT";

/**
 * Finds volumes and VMs by name, path or id.
 *
 * A VM: its id, name or display name. A volume: its id, `<VM>/ROOT` for the VM's root disk, `<VM>/<volume>` for a disk
 * that is attached to it, the volume's name, or the name of a VM that has one volume. `<VM>` and `<volume>` are a name
 * or an id, and the VM's name ends at the first slash.
 */
export class Targets {
  constructor(
    private readonly kind: SnapshotKind,
    private readonly reader: TargetReader,
  ) {}

  /** @throws SnapstateError `not-found`, or `ambiguous` with every match. */
  async find(selector: TargetSelector, call: OperationContext, how: InspectOptions = {}): Promise<Target> {
    const { by, value } = selector;
    if (by === "bios-uuid" || (by === "instance-uuid" && this.kind === "snapshot")) {
      throw new SnapstateError({
        kind: "bad-input",
        operation: call.operation,
        detail: `CloudStack cannot find ${by === "bios-uuid" ? "by BIOS UUID" : "volumes by instance UUID"}`,
        hint: `Select the ${WORDS[this.kind].targets.word} by its id${this.kind === "snapshot" ? ", or as VM/ROOT" : " or name"}`,
      });
    }
    if (by === "id" || by === "instance-uuid" || (by === "any" && UUID.test(value))) return this.byId(value, call, how);
    let matches = this.matches(selector, await this.reader.list(call, MAX_AGE_MS));
    // An older list lacks objects created or renamed since.
    if (matches.length !== 1) matches = this.matches(selector, await this.reader.list(call, 0));
    return only(this.kind, matches, value, call);
  }

  async list(call: OperationContext): Promise<Target[]> {
    const rows = await this.reader.list(call, 0);
    return rows.filter(present).map((row) => targetOf(this.kind, row));
  }

  private async byId(id: string, call: OperationContext, { freshness }: InspectOptions): Promise<Target> {
    const { word } = WORDS[this.kind].targets;
    if (!UUID.test(id)) throw noSuchTarget(`no ${word} has the id ${JSON.stringify(id)}: ids are UUIDs`, CHECK, call);
    try {
      const { target } = await this.reader.read(id, { freshness }, call);
      if (target !== undefined) return targetOf(this.kind, target);
    } catch (error) {
      if (!isSnapstateError(error, "not-found")) throw error;
    }
    throw noSuchTarget(`no ${word} has the id ${id}`, CHECK, call);
  }

  private matches({ by, value }: TargetSelector, rows: Entity[]): Entity[] {
    const there = rows.filter(present);
    if (this.kind === "recovery-point") {
      return there.filter((row) => row.name === value || row.displayname === value);
    }
    const named = there.filter((row) => row.name === value);
    if (by === "name") return named;
    const ofVm = (vm: string) =>
      there.filter((row) => [row.virtualmachineid, row.vmname, row.vmdisplayname].includes(vm));
    const stroke = value.indexOf("/");
    if (stroke < 0) return by === "path" ? [] : named.length > 0 ? named : ofVm(value);
    const [vm, disk] = [value.slice(0, stroke), value.slice(stroke + 1)];
    const attached = ofVm(vm).filter((row) =>
      disk === ROOT ? row.type === "ROOT" : row.name === disk || row.id === disk,
    );
    return attached.length > 0 || by === "path" ? attached : named;
  }
}

/** Why no object on any CloudStack can match; undefined if one may. */
export function selectorProblem(kind: SnapshotKind, { by, value }: TargetSelector): string | undefined {
  const { word } = WORDS[kind].targets;
  const quoted = JSON.stringify(value);
  if ((by === "id" || by === "instance-uuid") && !UUID.test(value)) {
    return `${quoted} is not an id of a ${word}: ids are UUIDs. Use the UUID, or name`;
  }
  if (by === "path" && kind === "snapshot" && !value.includes("/")) {
    return `${quoted} is not a path of a volume. Use one like web/ROOT or web/data, or name`;
  }
  return undefined;
}

/** Destroyed objects remain in lists for a while. */
function present(row: Entity): boolean {
  return !["Destroyed", "Destroy", "Expunging", "Expunged", "Error"].includes(stateOf(row));
}

export function targetOf(kind: SnapshotKind, row: Entity): Target {
  const id = idOf(row);
  const name = textOf(row, "name") ?? textOf(row, "displayname") ?? id;
  if (kind === "recovery-point") return { id, name };
  const vm = textOf(row, "vmname") ?? textOf(row, "vmdisplayname");
  return { id, name, ...(vm === undefined ? {} : { path: `${vm}/${row.type === "ROOT" ? ROOT : name}` }) };
}

function only(kind: SnapshotKind, matches: Entity[], value: string, call: OperationContext): Target {
  const { word } = WORDS[kind].targets;
  const [match, other] = matches;
  if (match === undefined) throw noSuchTarget(`no ${word} has the name ${JSON.stringify(value)}`, CHECK, call);
  if (other === undefined) return targetOf(kind, match);
  const each = matches.map((row) => {
    const { id, name, path } = targetOf(kind, row);
    return `${path ?? name} (${id}, zone ${textOf(row, "zonename") ?? "unknown"})`;
  });
  const what = `${each.length} ${word}s have the name ${JSON.stringify(value)}`;
  throw ambiguousTarget(what, each, "Select one by its id", call);
}
