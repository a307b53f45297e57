import type { SnapshotKind } from "../contract-types";
import type { Entity } from "./client/replies";

/** What a kind of snapshot is called in the API. */
export interface KindWords {
  /** What snapshots are of: volumes for snapshots, VMs for recovery points. */
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
  /** The command, and its parameter with the point's id. */
  remove: { command: string; id: string };
  revert: { command: string; id: string };
  /** States in which something is being done to a snapshot. */
  passing: readonly string[];
  /** Those of them in which there is nothing yet to revert to. */
  beginning: readonly string[];
  /** Those of them in which it is being removed. */
  ending: readonly string[];
  usable: readonly string[];
  /** States of a snapshot that is no use any more, and that the command for removal clears. */
  clearable: readonly string[];
  /** What frees one that is stuck in a state that the command for removal refuses. */
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
    passing: ["Allocated", "Creating", "CreatedOnPrimary", "BackingUp", "Copying", "Destroying"],
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
    passing: ["Allocated", "Creating", "Reverting", "Expunging"],
    beginning: ["Allocated", "Creating"],
    ending: ["Expunging"],
    usable: ["Ready", "Reverting"],
    clearable: ["Error", "Expunging"],
    exits: {
      Allocated: "its administrator removes it from the database (apache/cloudstack issue 8424)",
      Creating: RESTART,
      Reverting: "a restart of the management server turns it into Ready",
      Expunging: "delete it once more (deleteVMSnapshot), which clears it",
    },
  },
};

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function textOf(row: Entity, field: string): string | undefined {
  const value = row[field];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The platform's word for a state; `unknown` where it says none. */
export function stateOf(row: Entity): string {
  return textOf(row, "state") ?? "unknown";
}

/** Lists have been held to it that everything has an id (`client/replies.ts`). */
export function idOf(row: Entity): string {
  return row.id as string;
}
