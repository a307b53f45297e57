import type { SnapshotKind } from "../contract-types";
import type { Entity } from "./client/replies";

/** The API's names for a kind of snapshot. */
export interface KindWords {
  /** The kind of target: volumes for snapshots, VMs for recovery points. */
  targets: { list: string; key: string; word: string };
  snapshots: {
    list: string;
    key: string;
    word: string;
    /** Parameter of the list, and field of its rows, with the target's id. */
    of: string;
    /** For `createTags`. */
    resourceType: string;
  };
  create: string;
  /** The command, and its parameter with the snapshot's id. */
  remove: { command: string; id: string };
  revert: { command: string; id: string };
  /** Transient states of a snapshot. */
  transientStates: readonly string[];
  /** States of an unfinished creation. */
  beginning: readonly string[];
  /** States of a removal in progress. */
  ending: readonly string[];
  usable: readonly string[];
  /** States of a failed snapshot that the removal command clears. */
  clearable: readonly string[];
  /** Remedy for a snapshot stuck in a state that the removal command refuses. */
  exits: Readonly<Record<string, string>>;
}

const RESTART = "a restart of the management server turns it into Error, which can be deleted";

export const WORDS: Readonly<Record<SnapshotKind, KindWords>> = {
  snapshot: {
    targets: { list: "listVolumes", key: "volume", word: "volume" },
    snapshots: {
      list: "listSnapshots",
      key: "snapshot",
      word: "snapshot",
      of: "volumeid",
      resourceType: "Snapshot",
    },
    create: "createSnapshot",
    remove: { command: "deleteSnapshot", id: "id" },
    revert: { command: "revertSnapshot", id: "id" },
    transientStates: ["Allocated", "Creating", "CreatedOnPrimary", "BackingUp", "Copying", "Destroying"],
    beginning: ["Allocated", "Creating", "CreatedOnPrimary", "BackingUp"],
    ending: ["Destroying"],
    usable: ["BackedUp", "Copying"],
    clearable: ["Allocated", "Error", "Destroying"],
    exits: { Creating: RESTART, CreatedOnPrimary: RESTART, BackingUp: RESTART },
  },
  "recovery-point": {
    targets: { list: "listVirtualMachines", key: "virtualmachine", word: "VM" },
    snapshots: {
      list: "listVMSnapshot",
      key: "vmSnapshot",
      word: "VM snapshot",
      of: "virtualmachineid",
      resourceType: "VMSnapshot",
    },
    create: "createVMSnapshot",
    remove: { command: "deleteVMSnapshot", id: "vmsnapshotid" },
    revert: { command: "revertToVMSnapshot", id: "vmsnapshotid" },
    transientStates: ["Allocated", "Creating", "Reverting", "Expunging"],
    beginning: ["Allocated", "Creating"],
    ending: ["Expunging"],
    usable: ["Ready", "Reverting"],
    clearable: ["Error", "Expunging"],
    exits: {
      Allocated: "the administrator must remove it from the database (apache/cloudstack issue 8424)",
      Creating: RESTART,
      Reverting: "a restart of the management server turns it into Ready",
      Expunging: "delete it again (deleteVMSnapshot)",
    },
  },
};

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function textOf(row: Entity, field: string): string | undefined {
  const value = row[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The platform's name of a state; `unknown` if it reports none. */
export function stateOf(row: Entity): string {
  return textOf(row, "state") ?? "unknown";
}

/** Every row of a list has a verified id (`client/replies.ts`). */
export function idOf(row: Entity): string {
  return row.id as string;
}
