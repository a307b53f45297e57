import { asSnapstateError, SnapstateError, unknownName } from "../../provider/core/errors";
import { type Context, lifecycles, type Values } from "../../provider/resources";
import { type PolicyInputs, policyInputs } from "../../provider/resources/policy/inputs";
import { runPolicy } from "../../provider/resources/policy/run";
import { UnfinishedError } from "../../provider/resources/shared/lifecycle";
import { CONFIG_FILE, type Configuration } from "../configuration";
import { type ExitCode, exitCode } from "../exit-codes";
import { count, safe } from "../output/text";
import type { Session, SessionOptions } from "../session";

export interface PolicyOptions extends SessionOptions {
  trigger?: string;
  dryRun?: boolean;
}

/** The result of one policy's run. */
interface Result {
  policy: string;
  /** A group was due and taken. */
  taken: boolean;
  pruned: number;
  /** Snapshots of the series now. */
  snapshots: number;
  nextDue?: string;
  error?: { kind: string; message: string };
}

/** Runs the declared series one by one; a failure of one does not stop the others. */
export async function runPolicies(
  session: Session,
  names: readonly string[],
  options: PolicyOptions,
): Promise<ExitCode> {
  const configuration = await session.begin(options);
  const selected = choose(configuration, names);
  const results: Result[] = [];
  for (const name of selected) results.push(await runOne(session, name, configuration, options));
  session.show({ dryRun: options.dryRun ?? false, policies: results }, () =>
    results.map((result) => describe(result, options.dryRun ?? false)).join("\n"),
  );
  for (const { policy, error } of results) if (error) session.warn(`policy ${policy}: ${error.message}`);
  return results.some(({ error }) => error !== undefined) ? exitCode.unknown : exitCode.ok;
}

/** @throws SnapstateError `bad-input` for an unknown name */
function choose({ policies, file }: Configuration, names: readonly string[]): string[] {
  const declared = Object.keys(policies);
  const where = file ?? CONFIG_FILE;
  const refuse = (detail: string) => {
    const hint = "See docs/command-line.md on declaring a policy";
    return new SnapstateError({ kind: "bad-input", operation: "run policies", detail, hint });
  };
  if (file === undefined) throw refuse(`no ${CONFIG_FILE} here or in a parent folder`);
  if (declared.length === 0) throw refuse(`${where} declares no policies`);
  for (const name of names) {
    if (!declared.includes(name))
      throw refuse(`${JSON.stringify(name)} ${unknownName(name, declared, `policy of ${where}`)}`);
  }
  return names.length > 0 ? [...new Set(names)] : declared;
}

async function runOne(
  session: Session,
  name: string,
  { policies, file, owner = "" }: Configuration,
  options: PolicyOptions,
): Promise<Result> {
  const operation = `run policy ${name}`;
  const none = { policy: name, taken: false, pruned: 0, snapshots: 0 };
  try {
    const declared = policies[name];
    if (declared === null || typeof declared !== "object" || Array.isArray(declared)) {
      throw new SnapstateError({ kind: "bad-input", operation, detail: `${file}: it is not a map of settings` });
    }
    const { inputs, context } = inputsOf(session, name, declared as Values, owner, options);
    const plan = await lifecycles.SnapshotPolicy.plan(undefined, inputs, context);
    // The run reads the platform again and determines whether anything is due.
    const refused = plan.refusals.filter(({ origin }) => origin === "inputs" || options.dryRun);
    if (refused.length > 0) {
      const detail = refused.map(({ property, message }) => `${property}: ${message}`).join("; ");
      throw new SnapstateError({ kind: "bad-input", operation, detail, hint: `Correct it in ${file}` });
    }
    refuseForgetful(plan.inputs, context, operation);
    if (options.dryRun) {
      for (const message of plan.warnings) session.warn(`policy ${name}: ${message}`);
      return none;
    }
    return await applyPolicy(name, policyInputs(plan.inputs), context);
  } catch (error) {
    const failure = asSnapstateError(error instanceof UnfinishedError ? (error.cause ?? error) : error, operation);
    return { ...none, error: { kind: failure.kind, message: failure.message } };
  }
}

/** Without a state, the series is read from the platform, so it is pruned in every run. */
async function applyPolicy(name: string, inputs: PolicyInputs, context: Context): Promise<Result> {
  const stateless = { connection: inputs.connection, targets: inputs.targets, unpruned: true };
  const { record } = await runPolicy(inputs, stateless, "update", context);
  const { takenBecause, pruned, members, nextDue } = record;
  return {
    policy: name,
    taken: takenBecause !== "",
    pruned: pruned.length,
    snapshots: members.reduce((sum, { snapshots }) => sum + snapshots.length, 0),
    ...(nextDue ? { nextDue } : {}),
  };
}

function inputsOf(session: Session, name: string, declared: Values, owner: string, options: PolicyOptions) {
  const connection = session.connection(declared.connection as string | undefined);
  // A schedule determines when one is due. Without one, each start of the command does.
  const scheduled = declared.schedule !== undefined && options.trigger === undefined;
  const triggers = scheduled ? {} : { triggers: [options.trigger ?? new Date().toISOString()] };
  const inputs = { label: name, ...declared, connection, ...triggers };
  return { inputs, context: { ...session.context(true), identity: `cli/policy/${owner}/${name}` } };
}

/** If a platform stores only the marker of a snapshot, its series is known only from a state. */
function refuseForgetful(inputs: Values, context: Context, operation: string): void {
  const driver = context.driver(String(inputs.connection));
  const kind = inputs.kind === "recovery-point" ? "recovery-point" : "snapshot";
  if (driver.supports(kind, "description").supported) return;
  throw new SnapstateError({
    kind: "unsupported",
    operation,
    detail: `${driver.platform} stores no descriptions, which identify a series without a state`,
    hint: "Use a SnapshotPolicy in a stack",
  });
}

function describe({ policy, taken, pruned, snapshots, nextDue, error }: Result, dryRun: boolean): string {
  if (error) return `${safe(policy)}: failed`;
  if (dryRun) return `${safe(policy)}: nothing changed`;
  const next = nextDue === undefined ? "" : `, next due ${nextDue}`;
  return `${safe(policy)}: ${taken ? "taken" : "not due"}, ${pruned} pruned, ${count(snapshots, "snapshot")} in the series${next}`;
}
