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
 * The guest that is meant: by vmid (`101`, `qemu/101`), by `node/vmid`, by `pool/name`, or by name.
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
  const hint = "Check the name, and that the user or token has VM.Audit on the guest: others are left out of the list";
  throw noSuchTarget(detail, hint, call);
}

/** Why nothing on any cluster can match; undefined when something may. */
export function selectorProblem({ by, value }: TargetSelector): string | undefined {
  const quoted = JSON.stringify(value);
  if (by === "instance-uuid" || by === "bios-uuid") {
    return "Proxmox VE finds no guest by a UUID. Name it by its vmid, or by name";
  }
  if (by === "id" && !/^((qemu|lxc)\/)?\d+$/.test(value)) {
    return `${quoted} is no id of a guest. Give its vmid, like 101, or use name`;
  }
  if (by === "path" && !value.includes("/")) {
    return `${quoted} is no path of a guest. Give one like node/101 or pool/name, or use name`;
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
    hint: "Name the one you mean by its vmid",
  });
}
