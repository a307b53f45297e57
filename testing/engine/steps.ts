import { type Goal, nameOf } from "./goal";
import type { DiffReply, ProviderClient } from "./provider-client";
import type { Properties, ResourceState, Step, StepOp } from "./types";
import { changedKeys, containsUnknown, UNKNOWN } from "./values";

/** What is to be done about one resource. */
export interface Plan {
  op: "same" | "create" | "update" | "replace" | "import";
  urn: string;
  goal: Goal;
  old?: ResourceState | undefined;
  /** Checked inputs. */
  inputs: Properties;
  state?: ResourceState;
  client?: ProviderClient;
  diff?: string[];
  replaceKeys?: string[];
  deleteBeforeReplace?: boolean;
  /** Not a target of this run. */
  untouched?: boolean;
}

export class CheckFailedError extends Error {}

interface Question {
  urn: string;
  goal: Goal;
  old: ResourceState | undefined;
  inputs: Properties;
  state: ResourceState;
  client: ProviderClient;
  /** Named by `--replace`. */
  forced: boolean;
}

/** Asks the provider to check and compare, and decides the step. */
export async function decide(question: Question): Promise<Plan> {
  const { urn, goal, old, state, client, forced } = question;
  const known = old?.external ? undefined : old;
  const inputs = await check(question, known?.inputs);
  const base = { urn, goal, old, inputs, state, client };
  if (known === undefined) return { ...base, op: goal.importId ? "import" : "create" };

  const diff = forced ? FORCED : await compare(question, known, inputs);
  const replaceKeys = [
    ...new Set([...diff.replaces, ...diff.diffs.filter((key) => goal.replaceOnChanges.includes(key))]),
  ];
  if (replaceKeys.length > 0) {
    // The real engine checks a replacement again, without the old inputs, so that names are made anew.
    const again = await check(question, undefined);
    const deleteBeforeReplace = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    return { ...base, inputs: again, op: "replace", diff: diff.diffs, replaceKeys, deleteBeforeReplace };
  }
  // A create that was not finished is finished by an update, whether or not anything else changed.
  if (diff.changes || (known.initErrors ?? []).length > 0) return { ...base, op: "update", diff: diff.diffs };
  return { ...base, op: "same" };
}

const FORCED: DiffReply & { changes: boolean } = {
  changes: true,
  replaces: ["id"],
  diffs: [],
  deleteBeforeReplace: false,
};

async function check({ urn, goal, inputs, client }: Question, olds: Properties | undefined): Promise<Properties> {
  const reply = await client.check({ urn, name: nameOf(urn), type: goal.type }, olds, inputs);
  if (reply.failures.length > 0) {
    const lines = reply.failures.map(
      ({ property, reason }) => `${goal.type} resource '${goal.name}': property ${property} ${reason}`,
    );
    throw new CheckFailedError(lines.join("\n"));
  }
  return reply.inputs;
}

async function compare(
  { urn, goal, client }: Question,
  old: ResourceState,
  inputs: Properties,
): Promise<DiffReply & { changes: boolean }> {
  const changed = changedKeys(old.inputs, inputs);
  const subject = { urn, name: nameOf(urn), type: goal.type };
  const reply = await client.diff(subject, old.id ?? "", old.inputs, old.outputs, inputs, goal.ignoreChanges);
  const diffs = reply.diffs.length > 0 ? reply.diffs : changed;
  return { ...reply, diffs, changes: reply.changes ?? changed.length > 0 };
}

/** The inputs, with those of `ignoreChanges` as they were. */
export function inheritIgnored(goal: Goal, old: ResourceState | undefined): Properties {
  if (old === undefined) return goal.inputs;
  const inputs = { ...goal.inputs };
  for (const key of goal.ignoreChanges.includes("*") ? Object.keys({ ...old.inputs, ...inputs }) : goal.ignoreChanges) {
    if (old.inputs[key] === undefined) delete inputs[key];
    else inputs[key] = old.inputs[key];
  }
  return inputs;
}

export function stepOf(op: StepOp, urn: string, old: ResourceState | undefined, plan: Plan | undefined): Step {
  const news = plan?.inputs ?? {};
  const types = urn.split("::")[2] ?? "";
  return {
    op,
    urn,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: nameOf(urn),
    ...(old?.id ? { id: old.id } : {}),
    diff: plan?.diff ?? [],
    replaceKeys: plan?.replaceKeys ?? [],
    ...(old ? { old: { ...old.outputs, ...old.inputs } } : {}),
    ...(plan ? { new: containsUnknown(news) ? withUnknowns(news) : news } : {}),
  };
}

function withUnknowns(inputs: Properties): Properties {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [key, containsUnknown(value) ? UNKNOWN : value]),
  );
}
