import type { Driver } from "../../platforms/contract";
import { checkFields, diffFields, type FieldTable } from "../../schema/fields";
import { type OutputTable, outputField } from "../../schema/outputs";
import { hasUnknown } from "../../schema/unknown";
import { isFailure, openForCheck } from "./check-parts";
import type { CheckFailure, CheckResult, Context, DiffResult, Lifecycle, Values } from "./lifecycle";
import { firstMarker, nextMarker } from "./marker";
import { type Finding, refusalsOf, throwRefusals, warningsOfFindings } from "./preflight";

/** The resource before this plan. Absent as a whole for a resource to be created. */
export interface Prior {
  id?: string;
  /** Inputs and outputs as last read from the platform. Absent when an adapter checks only the program's inputs. */
  state?: Values;
  /** Inputs of the last run. @default the state */
  inputs?: Values;
}

export interface Change {
  /** An input, or an output that explains the change: an interrupted create, a run that is due. */
  property: string;
  effect: "update" | "replace";
}

/** What a run would do to one resource, before anything is changed. Check, diff and previews are renderings of it. */
export interface Plan {
  action: "create" | "update" | "replace" | "none";
  /** Inputs for create or update, with defaults and the marker filled in. */
  inputs: Values;
  changes: Change[];
  /** For a replacement: the old one is deleted before the new one is made, since both cannot exist at once. */
  deleteBeforeReplace: boolean;
  /** The resulting state, as far as it is known now. */
  known: Values;
  /** Names of the other outputs, which are not known yet. */
  unknown: string[];
  warnings: string[];
  /** Reasons not to start. The plan must not be applied while there are any. */
  refusals: Refusal[];
}

export interface Refusal extends Finding {
  /** Path of the input it concerns: `timeouts.create`. */
  property: string;
  /** The cause: the inputs alone, which a check has refused before, or the state or the platform. */
  origin: "inputs" | "platform";
}

/** The platform as observed, and conclusions from that. Each resource adds its own. */
export interface Observed {
  findings: Finding[];
}

export interface Comparison extends DiffResult {
  findings?: Finding[];
}

/** One resource's part of a plan: only `observe` makes requests to the platform. */
export interface Planning<O extends Observed = Observed> {
  readonly fields: FieldTable;
  readonly outputs: OutputTable;
  /** The input that names what is acted on, for findings without a property. @default "target" */
  readonly subject?: string;
  /**
   * Contradictions among the inputs.
   *
   * @param before inputs of the last run
   */
  validate?(inputs: Values, before: Values | undefined, context: Context): CheckFailure[];
  /** Features that the platform lacks. */
  limits?(inputs: Values, before: Values | undefined, driver: Driver): Finding[];
  /**
   * Reads the platform. Called for a create, and for an update of a resource with a state. With `context.compareOnly`
   * it must not forecast an update.
   */
  observe?(prior: Prior | undefined, inputs: Values, driver: Driver, context: Context): Promise<O>;
  /**
   * Compares state and inputs.
   *
   * @param observed absent while the connection is not known yet
   */
  compare(state: Values, inputs: Values, observed: O | undefined): Comparison;
}

/** The plan of one resource, from its inputs, its prior state and an observation of the platform. */
export async function planResource<O extends Observed>(
  planning: Planning<O>,
  prior: Prior | undefined,
  news: Values,
  context: Context,
): Promise<Plan> {
  const before = prior?.inputs ?? prior?.state;
  const { inputs, failures } = checkFields(planning.fields, news);
  // With a state the marker was assigned earlier: by the check of these inputs, or by the run that made the state.
  const assigned = prior?.state !== undefined && inputs.marker !== undefined;
  if (Object.hasOwn(planning.fields, "marker") && !assigned)
    inputs.marker = markerFor(before, context) ?? inputs.marker;
  const known = new Set(failures.map(({ property }) => property));
  const contradictions = planning.validate?.(inputs, before, context) ?? [];
  failures.push(...contradictions.filter(({ property }) => !known.has(property)));

  const stated = refusalsOf(failures);
  let observed: O | undefined;
  if (stated.length === 0 && !hasUnknown(inputs.connection)) {
    const driver = openForCheck(String(inputs.connection), context);
    if (isFailure(driver)) stated.push(...refusalsOf([driver]));
    else {
      stated.push(...(planning.limits?.(inputs, before, driver) ?? []));
      const refused = stated.some(({ severity }) => severity === "refusal");
      if (!refused && (prior === undefined || prior.state !== undefined)) {
        observed = await planning.observe?.(prior, inputs, driver, context);
      }
    }
  }
  return finish(planning, prior, inputs, stated, observed);
}

/** The state's marker, or the next one for a replacement, or the first one of this identity. */
function markerFor(before: Values | undefined, { identity, replaces }: Context): unknown {
  if (typeof before?.marker === "string") return before.marker;
  if (replaces?.marker !== undefined) return nextMarker(replaces.marker);
  return identity === undefined ? undefined : firstMarker(identity);
}

function finish<O extends Observed>(
  planning: Planning<O>,
  prior: Prior | undefined,
  inputs: Values,
  stated: Finding[],
  observed: O | undefined,
): Plan {
  const { updates, replaces, deleteBeforeReplace, ...more } = compared(planning, prior, inputs, observed);
  const changes = [
    ...updates.map((property): Change => ({ property, effect: "update" })),
    ...replaces.map((property): Change => ({ property, effect: "replace" })),
  ];
  const action =
    prior === undefined ? "create" : replaces.length > 0 ? "replace" : updates.length > 0 ? "update" : "none";
  const seen = [...(observed?.findings ?? []), ...(more.findings ?? [])];
  const { subject = "target" } = planning;
  const refused = (findings: Finding[], origin: Refusal["origin"]) =>
    findings.flatMap((one): Refusal[] =>
      one.severity === "refusal" ? [{ ...one, property: one.property ?? subject, origin }] : [],
    );
  return {
    action,
    inputs,
    changes,
    deleteBeforeReplace,
    ...plannedOutputs(planning, action, prior?.state, inputs, updates),
    warnings: warningsOfFindings([...stated, ...seen]),
    refusals: [...refused(stated, "inputs"), ...refused(seen, "platform")],
  };
}

function compared<O extends Observed>(
  planning: Planning<O>,
  prior: Prior | undefined,
  inputs: Values,
  observed: O | undefined,
): Comparison {
  if (prior?.state !== undefined) return planning.compare(prior.state, inputs, observed);
  const changes = prior?.inputs ? diffFields(planning.fields, prior.inputs, inputs) : { updates: [], replaces: [] };
  return { ...changes, deleteBeforeReplace: false };
}

/** Splits the outputs after this action into values known in advance and names of unknown ones. */
export function plannedOutputs(
  { fields, outputs }: Pick<Planning, "fields" | "outputs">,
  action: Plan["action"],
  state: Values | undefined,
  inputs: Values,
  updates: readonly string[],
): Pick<Plan, "known" | "unknown"> {
  if (action === "none" && state !== undefined) return { known: state, unknown: [] };
  const known: Values = {};
  const unknown: string[] = [];
  const kept = action === "update" ? state : undefined;
  for (const [key, field] of Object.entries(fields)) {
    if (!field.known) continue;
    if (kept !== undefined && !updates.includes(key)) known[key] = kept[key];
    else unknown.push(key);
  }
  for (const [key, entry] of Object.entries(outputs)) {
    const { stable, follows } = outputField(entry);
    const settled = follows !== undefined && !follows.some((input) => updates.includes(input));
    if (kept !== undefined && (settled || (stable && kept[key] !== undefined))) known[key] = kept[key];
    else unknown.push(key);
  }
  const given = Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null);
  const all = { ...known, ...Object.fromEntries(given) };
  return { known: all, unknown: unknown.filter((key) => all[key] === undefined) };
}

/** Renders the plan as the answer to a check. */
export function checkOf({ inputs, refusals, warnings }: Plan): CheckResult {
  return { inputs, failures: refusals.map(({ property, message }) => ({ property, reason: message })), warnings };
}

/** Renders the plan as the answer to a diff. */
export function diffOf({ changes, deleteBeforeReplace }: Plan): DiffResult {
  const of = (effect: Change["effect"]) => changes.flatMap((one) => (one.effect === effect ? [one.property] : []));
  return { updates: of("update"), replaces: of("replace"), deleteBeforeReplace };
}

/**
 * The plan of a resource with a state, with its warnings reported, for an adapter whose reply has no place for them.
 * What the check of the inputs has refused is not refused again. A refresh also compares, and refuses nothing.
 *
 * @throws SnapstateError for refusals by the state and the platform
 */
export async function planUpdate(
  { type, plan }: Pick<Lifecycle, "type" | "plan">,
  prior: Prior,
  news: Values,
  context: Context,
): Promise<Plan> {
  const planned = await plan(prior, news, context);
  for (const message of planned.warnings) context.report({ message, severity: "warning" });
  if (context.compareOnly) return planned;
  const beyond = planned.refusals.filter(({ origin }) => origin === "platform");
  throwRefusals(beyond, `${planned.action} ${type} ${describeSubject(planned.inputs)}`);
  return planned;
}

function describeSubject({ name, target, label }: Values): string {
  const text = name ?? label ?? target;
  return typeof text === "string" ? JSON.stringify(text) : JSON.stringify(target ?? "");
}

/** A lifecycle whose plan, check and diff come from one description. */
export function lifecycleOf<O extends Observed>(
  planning: Planning<O>,
  facts: Omit<Lifecycle, "plan" | "check" | "diff" | "fields" | "outputs">,
): Lifecycle {
  const plan: Lifecycle["plan"] = (prior, news, context) => planResource(planning, prior, news, context);
  return {
    ...facts,
    fields: planning.fields,
    outputs: planning.outputs,
    plan,
    check: async (olds, news, context) => checkOf(await plan(olds && { inputs: olds }, news, context)),
    diff: async (id, state, news, context) =>
      diffOf(await planUpdate({ type: facts.type, plan }, { id, state }, news, context)),
  };
}
