import { cloudCommands } from "./cloud";
import type { Command } from "./command";
import { jobCommands } from "./jobs";
import { machineCommands } from "./machines";
import { snapshotCommands } from "./snapshots";
import { tagCommands } from "./tags";
import { templateCommands } from "./templates";
import { vmSnapshotCommands } from "./vm-snapshots";
import { volumeCommands } from "./volumes";

const ALL: readonly Command[] = [
  ...cloudCommands,
  ...jobCommands,
  ...machineCommands,
  ...snapshotCommands,
  ...tagCommands,
  ...templateCommands,
  ...vmSnapshotCommands,
  ...volumeCommands,
];

const BY_NAME = new Map(ALL.map((command) => [command.name.toLowerCase(), command]));

/** Names of commands are case-insensitive. */
export function commandNamed(name: string): Command | undefined {
  return BY_NAME.get(name.toLowerCase());
}
