import { isSnapstateError } from "../../errors";
import { unmatchable, unsupported } from "../core/check-parts";
import { checkFields, diffFields } from "../core/fields";
import { knownTarget } from "../core/find-target";
import { parseId, printId } from "../core/ids";
import type { Context, Lifecycle, ReadResult, Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { lifecycleOf, type Planning } from "../core/plan";
import { refusalsOf } from "../core/preflight";
import { hasUnknown } from "../core/unknown";
import { consolidationFields, consolidationOutputs } from "./fields";
import { preflightRun } from "./guards";
import { type ConsolidationInputs, runConsolidation } from "./run";

/** The last part of the id: a consolidation is a thing done to a VM, not a thing on it. */
const POINT = "consolidation";

const planning: Planning = {
  fields: consolidationFields,
  outputs: consolidationOutputs,
  limits: (inputs, before, hypervisor) =>
    refusalsOf([
      ...unsupported(hypervisor, "snapshot", [["consolidate", "target", true]]),
      ...unmatchable(hypervisor, "snapshot", inputs.target, before?.target),
    ]),
  observe: async (prior, inputs, hypervisor, context) => {
    const state = prior?.state;
    const unknown = hasUnknown(inputs.target) || hasUnknown(inputs.triggers);
    const due = state === undefined || (noReplacement(state, inputs) && wantsRun(state, inputs));
    if (unknown || !due || context.refreshing) return { findings: [] };
    const wanted = consolidationInputs(inputs);
    const known = state && knownTarget(state, wanted);
    return { findings: await preflightRun(wanted, known, hypervisor, context) };
  },
  compare: (state, inputs) => {
    const { updates, replaces } = diffFields(consolidationFields, state, inputs);
    if (updates.length === 0 && replaces.length === 0 && wantsRun(state, inputs)) updates.push("consolidationNeeded");
    return { updates, replaces, deleteBeforeReplace: false };
  },
};

function noReplacement(state: Values, inputs: Values): boolean {
  return diffFields(consolidationFields, state, inputs).replaces.length === 0;
}

/** Merges redundant disks left behind, when needed or on trigger. Deleting it does nothing. */
export const consolidationTask: Lifecycle = lifecycleOf(planning, {
  type: "ConsolidationTask",
  description:
    "Merges redundant disks that a failed or unconsolidated removal left behind: when needed, or on trigger. Deleting it does nothing.",
  create: async (inputs, context) => {
    const { targetId, outputs } = await runConsolidation(inputs, "create", context);
    return { id: printId({ connection: String(inputs.connection), target: targetId, point: POINT }), outputs };
  },
  read,
  update: async (_id, state, news, context) => {
    const { installation, targetId: id } = state as { installation?: string; targetId?: string };
    // A change of the target replaces, so here it is the state's.
    const known = installation === undefined ? undefined : { installation, ...(id === undefined ? {} : { id }) };
    if (wantsRun(state, news)) return (await runConsolidation(news, "update", context, known)).outputs;
    return { ...withoutInputs(state), ...news };
  },
  delete: async () => {},
});

/** A run is due when a trigger changed, or when a refresh saw that the VM needs it again. */
function wantsRun(state: Values, news: Values): boolean {
  const { triggers } = consolidationFields;
  if (diffFields({ triggers }, state, news).updates.length > 0) return true;
  return news.when === "needed" && state.consolidationNeeded === true;
}

async function read(id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const given = Object.fromEntries(Object.keys(consolidationFields).map((key) => [key, state[key]]));
  const { inputs } = checkFields(consolidationFields, {
    connection: parsed.connection,
    target: parsed.target,
    ...defined(given),
  });
  const { connection, timeouts } = inputs as unknown as ConsolidationInputs;
  const hypervisor = context.hypervisor(connection);
  const call = beginCall(
    "read",
    timeouts,
    `read the consolidation of VM ${String(state.targetName ?? parsed.target)}`,
    context,
  );
  const known = typeof state.installation === "string" ? state.installation : undefined;
  await sameInstallation(hypervisor, known, call);
  try {
    const target = await hypervisor.inspect("snapshot", parsed.target, call, { freshness: "recent" });
    const now = { targetName: target.target.name, consolidationNeeded: target.consolidationNeeded ?? false };
    return { id, outputs: { ...state, ...inputs, ...now }, inputs };
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

function consolidationInputs(values: Values): ConsolidationInputs {
  return values as unknown as ConsolidationInputs;
}

function withoutInputs(state: Values): Values {
  return Object.fromEntries(Object.entries(state).filter(([key]) => !Object.hasOwn(consolidationFields, key)));
}

function defined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
