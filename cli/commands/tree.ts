import type { Command } from "commander";
import { causeOf, type SnapshotReport } from "../../provider/resources";
import { drawTerminal } from "../draw/terminal";
import { exitCode } from "../exit-codes";
import { readFleet } from "../fleet";
import { type CommonOptions, commonOptions } from "../options";
import { addPictures, type PictureOptions, writePictures } from "../pictures";
import type { Session } from "../session";
import type { Done } from "./done";

interface Options extends CommonOptions, PictureOptions {
  connection?: string;
}

export function addTree(program: Command, session: Session, done: Done): void {
  const command = program
    .command("tree")
    .description("The tree of one VM's snapshots, with the position of the running state.")
    .argument("<target>", "the VM: path, UUID, id or name")
    .option("-c, --connection <name>", "connection (default: the only one, or `default`)");
  addPictures(commonOptions(command)).action(async (target: string, options: Options) => {
    await session.begin(options);
    const connection = [session.connection(options.connection)];
    const report = await readFleet(session, [target], { ...options, connection });
    const [failure] = report.failures;
    const [vm] = report.targets;
    if (vm === undefined) throw failure && causeOf(failure);
    const drawn = await writePictures(session, report, options);
    if (drawn !== "nothing" && session.isForPeople) return done(exitCode.ok);
    session.show(vm, () => drawTerminal(vm, timeOf(report)));
    done(exitCode.ok);
  });
}

function timeOf(report: SnapshotReport): number {
  return Date.parse(report.generatedAt);
}
