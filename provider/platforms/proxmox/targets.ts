import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Target, TargetSelector } from "../contract";
import { noSuchTarget } from "../shared/refusals";
import type { GuestRow } from "./client/replies";

export function idOf({ type, vmid }: Pick<GuestRow, "type" | "vmid">): string {
  return `${type}/${vmid}`;
}

export function targetOf(row: GuestRow): Target {
  const name = row.name ?? String(row.vmid);
  return { id: idOf(row), name, path: `${row.pool ?? row.node}/${row.pool === undefined ? row.vmid : name}` };
}

/**
 * Finds a guest by vmid (`101`, `qemu/101`), by `node/vmid`, by `pool/name`, or by name.
 * @throws SnapstateError `not-found`, or `ambiguous` with all matches
 */
export function findGuest(rows: readonly GuestRow[], { by, value }: TargetSelector, call: OperationContext): GuestRow {
  const ways: [TargetSelector["by"], (row: GuestRow) => boolean][] = [
    ["id", (row) => value === String(row.vmid) || value === idOf(row)],
    ["path", (row) => isAt(row, value)],
    ["name", ({ name }) => name === value],
  ];
  for (const [way, fits] of ways) {
    if (by !== "any" && by !== way) continue;
    const matches = rows.filter(fits);
    const [first, ...others] = matches;
    if (first !== undefined && others.length === 0) return first;
    if (first !== undefined) throw ambiguous(value, matches, call);
  }
  const detail = `no guest ${JSON.stringify(value)} is in the list${rows.length === 0 ? ", which is empty" : ""}`;
  const hint = "Check the name, and that the user or token has VM.Audit on the guest: other guests are not listed";
  throw noSuchTarget(detail, hint, call);
}

/** Why no guest of any cluster can match; undefined if one may. */
export function selectorProblem({ by, value }: TargetSelector): string | undefined {
  const quoted = JSON.stringify(value);
  if (by === "instance-uuid" || by === "bios-uuid") {
    return "Proxmox VE cannot find a guest by UUID. Use its vmid or name";
  }
  if (by === "id" && !/^((qemu|lxc)\/)?\d+$/.test(value)) {
    return `${quoted} is not an id of a guest. Use its vmid, like 101, or name`;
  }
  if (by === "path" && !value.includes("/")) {
    return `${quoted} is not a path of a guest. Use one like node/101 or pool/name, or name`;
  }
  return undefined;
}

function isAt({ node, vmid, pool, name }: GuestRow, path: string): boolean {
  return path === `${node}/${vmid}` || (pool !== undefined && name !== undefined && path === `${pool}/${name}`);
}

function ambiguous(value: string, matches: GuestRow[], call: OperationContext): SnapstateError {
  const each = matches.map((row) => `${row.vmid} (${row.type === "lxc" ? "container" : "VM"} on ${row.node})`);
  return new SnapstateError({
    kind: "ambiguous",
    operation: call.operation,
    detail: `${JSON.stringify(value)} fits ${each.join(" and ")}`,
    hint: "Select one by its vmid",
  });
}
