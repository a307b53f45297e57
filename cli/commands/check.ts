import type { Command } from "commander";
import { checkTarget, type TargetReadiness } from "../../provider/resources";
import { type ExitCode, exitCode } from "../exit-codes";
import { type CommonOptions, commonOptions } from "../options";
import { colours } from "../output/colours";
import { powerText } from "../output/describe";
import { safe } from "../output/text";
import type { Session } from "../session";
import type { Done } from "./done";

interface Options extends CommonOptions {
  connection?: string;
  memory?: boolean;
  quiesced?: boolean;
}

export function addCheck(program: Command, session: Session, done: Done): void {
  const command = program
    .command("check")
    .description("Whether a VM is ready for a snapshot, and what blocks it.")
    .argument("<target>", "the VM: path, UUID, id or name")
    .option("-c, --connection <name>", "connection (default: the only one, or `default`)")
    .option("--memory", "exit with 2 unless a snapshot with memory can be taken")
    .option("--quiesced", "exit with 2 unless a quiesced snapshot can be taken");
  commonOptions(command).action(async (target: string, options: Options) => {
    await session.begin(options);
    const connection = session.connection(options.connection);
    const context = { ...session.context(), timeout: options.timeout * 1000 };
    const found = await checkTarget({ connection, target, kind: options.kind }, context);
    session.show({ connection, ...found }, () => printed(found, options));
    done(ended(found, options));
  });
}

/** Only requested features count: a VM without tools is ready for a snapshot of its disks. */
function ended({ ready, memoryReady, quiesceReady, findings }: TargetReadiness, options: Options): ExitCode {
  if (!ready || (options.memory && !memoryReady) || (options.quiesced && quiesceReady === false))
    return exitCode.critical;
  if (options.quiesced && quiesceReady === undefined) return exitCode.unknown;
  return findings.some(({ severity, about }) => severity === "warning" && about === undefined)
    ? exitCode.warning
    : exitCode.ok;
}

function printed(found: TargetReadiness, options: Options): string {
  const line = (what: string, isReady: boolean | undefined, isAsked: boolean | undefined, reason: string) => {
    if (isReady === undefined) return `${colours.dim("?")} ${what}: unknown (not reported by the platform)`;
    if (isReady) return `${colours.green("✔")} ${what}: ready`;
    const mark = isAsked ? colours.red("✘") : colours.dim("–");
    return `${mark} ${what}: unavailable${reason === "" ? "" : ` (${safe(reason)})`}`;
  };
  const because = (about: "memory" | "quiesce") =>
    found.findings.flatMap((one) => (one.about === about ? [one.message.replace(PREFIX, "")] : [])).join("; ");
  const others = found.findings
    .filter(({ about }) => about === undefined)
    .map(({ severity, message }) =>
      severity === "refusal"
        ? colours.red(`  blocked: ${safe(message)}`)
        : colours.yellow(`  warning: ${safe(message)}`),
    );
  const chain = found.chainDepth === 0 ? "no snapshots" : `${found.chainDepth}-snapshot chain`;
  const off = found.powerState === "off" ? "the VM is powered off" : "";
  return [
    `${colours.bold(safe(found.targetName))}  ${colours.dim([found.targetId, powerText(found.powerState), chain].filter(Boolean).map(safe).join(" · "))}`,
    line("Disks", found.ready, true, ""),
    line("With memory", found.memoryReady, options.memory, because("memory") || off),
    line("Quiesced", found.quiesceReady, options.quiesced, because("quiesce")),
    ...others,
    ...found.advice.map((message) => colours.dim(`  check: ${safe(message)}`)),
  ].join("\n");
}

const PREFIX = /^no (?:quiesced snapshot|snapshot with memory): /;
