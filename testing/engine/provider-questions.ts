import type { Identities } from "./identities";
import type { Provider } from "./provider";
import { type Run, subjectOf } from "./run";
import { BailError, type Properties, type ResourceState } from "./types";
import { containsUnknown, same, UNKNOWN } from "./values";

/** @throws BailError when the provider finds something wrong with them, which is reported. */
export async function checkedInputs(
  run: Run,
  provider: Provider,
  state: ResourceState,
  olds: Properties | undefined,
  news: Properties,
): Promise<Properties> {
  const subject = subjectOf(state);
  const { inputs, failures } = await provider.check(subject, olds, news);
  if (failures.length === 0) return inputs;
  for (const { property, reason } of failures) {
    const where = property === "" ? "" : `: property ${property}`;
    run.report("error", `${state.type} resource '${subject.name}'${where} has a problem: ${reason}`, state.urn);
  }
  throw new BailError(`resource ${state.urn} is invalid`);
}

/** Whether a resource has to be replaced because its provider cannot manage what the one before made. */
export async function providerChanged(
  run: Run,
  identities: Identities,
  old: ResourceState,
  state: ResourceState,
): Promise<boolean> {
  const [from, to] = [old.provider ?? "", state.provider ?? ""];
  if (from === to) return false;
  if (from === "" || to === "") return true;
  const before = run.state.base.find((candidate) => `${candidate.urn}::${candidate.id}` === from);
  const after = run.state.all().find((candidate) => `${candidate.urn}::${candidate.id}` === to);
  if (before === undefined || after === undefined) return true;
  if (identities.taken.get(before.urn) === after.urn) return false;
  const plugin = await run.plugin(to);
  const diff = await plugin.diffConfig(subjectOf(after), {
    id: after.id ?? UNKNOWN,
    oldInputs: before.inputs,
    oldOutputs: before.outputs,
    newInputs: after.inputs,
    ignoreChanges: [],
  });
  return diff.replaceKeys.length > 0;
}

/**
 * Whether `replacementTrigger` has changed. Without one now or before there is nothing to compare; one that is not known
 * yet has changed.
 * @throws Error when it is still not known in an update.
 */
export function replacementTriggered(run: Run, old: ResourceState, state: ResourceState): boolean {
  const [before, now] = [old.replacementTrigger, state.replacementTrigger];
  if (!run.options.preview && containsUnknown(now)) {
    throw run.bail(`replacement trigger contains unknowns for ${state.urn}`, state.urn);
  }
  if (containsUnknown(before) || containsUnknown(now)) return true;
  return before !== undefined && now !== undefined && !same(before, now);
}
