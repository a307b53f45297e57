import type { Command } from "commander";
import { checkTarget, type TargetReadiness } from "../../provider/resources";
import { type ExitCode, exitCode } from "../exit-codes";
import { type CommonOptions, common } from "../options";
import { colours } from "../output/colours";
import { safe } from "../output/text";
import type { Session } from "../session";
import type { Done } from "./done";

interface Options extends CommonOptions {
  connection?: string;
}

export function addCheck(program: Command, session: Session, done: Done): void {
  const command = program
    .command("check")
    .description("Whether a VM is ready for a snapshot, and what one would stand in the way of.")
    .argument("<target>", "the VM: path, UUID, id or name")
    .option("-c, --connection <name>", "connection (default: the only one, or `default`)");
  common(command).action(async (target: string, options: Options) => {
    if (options.connections !== undefined) session.useConnections(options.connections);
    const connection = session.connection(options.connection);
    const context = { ...session.context(), timeout: options.timeout * 1000 };
    const found = await checkTarget({ connection, target, kind: options.kind }, context);
    session.print(options.json ? JSON.stringify({ connection, ...found }, undefined, 2) : printed(found));
    done(ended(found));
  });
}

function ended({ ready, findings }: TargetReadiness): ExitCode {
  if (!ready) return exitCode.critical;
  return findings.length > 0 ? exitCode.warning : exitCode.ok;
}

function printed(found: TargetReadiness): string {
  const tell = (what: string, yes: boolean | undefined) => {
    if (yes === undefined) return `${colours.dim("?")} ${what}: the platform does not tell`;
    return `${yes ? colours.green("✔") : colours.red("✘")} ${what}: ${yes ? "ready" : "not now"}`;
  };
  const findings = found.findings.map(({ severity, message }) =>
    severity === "refusal" ? colours.red(`  refused: ${safe(message)}`) : colours.yellow(`  warning: ${safe(message)}`),
  );
  const depth = found.chainDepth === 0 ? "no snapshot below it" : `${found.chainDepth} deep in snapshots`;
  return [
    `${colours.bold(safe(found.targetName))}  ${colours.dim(`${safe(found.targetId)} · power ${found.powerState} · ${depth}`)}`,
    tell("snapshot of the disks", found.ready),
    tell("snapshot with memory", found.memoryReady),
    tell("quiesced snapshot", found.quiesceReady),
    ...findings,
  ].join("\n");
}
