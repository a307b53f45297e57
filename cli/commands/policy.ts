import type { Command } from "commander";
import { baseOptions } from "../options";
import type { PolicyOptions } from "../policy/run";
import type { Session } from "../session";
import type { Done } from "./done";

export function addPolicy(program: Command, session: Session, done: Done): void {
  const policy = program
    .command("policy")
    .description("Series of snapshots that are declared in snapstate.yaml, without a stack.");
  const run = policy
    .command("run")
    .description("Takes snapshots that are due and prunes by the policy's rules, for cron and CI.")
    .argument("[names...]", "policies (default: all in the file)")
    .option("--trigger <text>", "take one snapshot for this key, once: the id of a CI job (default: the time)")
    .option("--dry-run", "show what would be taken and pruned; change nothing");
  baseOptions(run).action(async (names: string[], options: PolicyOptions) => {
    done(await (await import("../policy/run")).runPolicies(session, names, options));
  });
}
