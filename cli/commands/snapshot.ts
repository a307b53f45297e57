import { type Command, InvalidArgumentError, Option } from "commander";
import { commonOptions } from "../options";
import type { Session } from "../session";
import type { CreateOptions } from "../snapshot/create";
import type { DeleteOptions } from "../snapshot/delete";
import type { EditOptions } from "../snapshot/edit";
import type { RevertOptions } from "../snapshot/revert";
import type { Done } from "./done";

/** Each command is loaded on use. */
export function addSnapshot(program: Command, session: Session, done: Done): void {
  const snapshot = program
    .command("snapshot")
    .description("Takes, reverts to, edits and deletes snapshots, as the resources do.");

  act(snapshot.command("create").description("Takes a snapshot of a VM."))
    .argument("<target>", TARGET)
    .option("--name <name>", "its name (default: the VM's name and the time)")
    .option("--description <text>", "its description")
    .option("--memory", "include the VM's memory")
    .addOption(new Option("--quiesce <how>", "quiesce the guest's file systems").choices(["require", "prefer", "off"]))
    .addOption(new Option("--consistency <level>", "of a recovery point").choices(["crash", "filesystem", "memory"]))
    .option("--ttl <duration>", "when it expires, for `prune`: 72h, 7d")
    .option("--hold", "exclude it from pruning")
    .option("--reuse", "succeed if this command has taken it before, for example in a repeated CI job")
    .action(async (target: string, options: CreateOptions) => {
      done(await (await import("../snapshot/create")).create(session, target, options));
    });

  act(
    snapshot
      .command("revert")
      .description("Reverts a VM to a snapshot; its current state is kept in a safety snapshot."),
  )
    .argument("<target>", TARGET)
    .argument("<snapshot>", SNAPSHOT)
    .option("--no-safety-snapshot", "discard the current state; requires --confirm")
    .option("--safety-memory", "take the safety snapshot with memory")
    .option("--confirm <name>", "the VM's name")
    .option("--suppress-power-on", "leave the VM off even if the snapshot has it running")
    .action(async (target: string, name: string, options: RevertOptions) => {
      done(await (await import("../snapshot/revert")).revert(session, target, name, options));
    });

  act(snapshot.command("delete").description("Deletes snapshots of a VM, or all of them."))
    .argument("<target>", TARGET)
    .argument("[snapshots...]", SNAPSHOT)
    .option("--all", "all snapshots of the VM, foreign ones too; requires the VM's name as confirmation")
    .option("--confirm <name>", "the VM's name, for --all")
    .option("--include-held", "also snapshots on hold")
    .option("--children", "also descendants")
    .option("--keep-disks", "do not merge disks; the VM needs a consolidation later")
    .action(async (target: string, names: string[], options: DeleteOptions) => {
      done(await (await import("../snapshot/delete")).remove(session, target, names, options));
    });

  act(snapshot.command("edit").description("Changes name, description, expiry or hold of a snapshot in place."))
    .argument("<target>", TARGET)
    .argument("<snapshot>", SNAPSHOT)
    .option("--name <name>", "new name")
    .option("--description <text>", "new description")
    .option("--ttl <duration>", "time from creation to expiry: 72h, 7d, or off", ttl)
    .option("--hold", "exclude it from pruning")
    .option("--no-hold", "release the hold")
    .action(async (target: string, name: string, options: EditOptions) => {
      done(await (await import("../snapshot/edit")).edit(session, target, name, options));
    });
}

const TARGET = "the VM: path, UUID, id or name";
const SNAPSHOT = "the snapshot: its id, or its name if unique";

function act(command: Command): Command {
  return commonOptions(command)
    .option("-c, --connection <name>", "connection (default: the only one, or `default`)")
    .option("--dry-run", "show what would be done; change nothing")
    .option("--yes", "do not ask for confirmation");
}

function ttl(text: string): string {
  if (!/^(off|\d+(\.\d+)?[smhdw])$/.test(text)) throw new InvalidArgumentError("Use a duration such as 72h, or off.");
  return text;
}
