import { isSnapstateError } from "../../core/errors";
import { checkFields, diffFields } from "../../schema/fields";
import { hasUnknown } from "../../schema/unknown";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { unmatchable, unsupported } from "../shared/check-parts";
import { knownTarget } from "../shared/find-target";
import { parseId, printId } from "../shared/ids";
import type { Context, Lifecycle, ReadResult, Values } from "../shared/lifecycle";
import { lifecycleOf, type Planning } from "../shared/plan";
import { refusalsOf } from "../shared/preflight";
import { consolidationFields, consolidationOutputs } from "./fields";
import { preflightRun } from "./guards";
import { type ConsolidationInputs, runConsolidation } from "./run";

/** Last part of the id: a consolidation is an action on a VM, not an object on it. */
const POINT = "consolidation";

const planning: Planning = {
  fields: consolidationFields,
  outputs: consolidationOutputs,
  validate: ({ deleteSnapshots, confirm }) => {
    if (deleteSnapshots !== "all" || confirm !== undefined) return [];
    const reason =
      "is required with deleteSnapshots: all. Write the target's name to confirm that all its snapshots may be deleted";
    return [{ property: "confirm", reason }];
  },
  limits: (inputs, before, driver) => {
    const { kind, deleteSnapshots } = consolidationInputs(inputs);
    const deletes = !hasUnknown(deleteSnapshots) && deleteSnapshots !== "none";
    // If the platform cannot merge disks, the task only deletes.
    return refusalsOf([
      ...unsupported(driver, kind, [
        ["consolidate", "target", deleteSnapshots === "none"],
        ["create", "deleteSnapshots", deletes],
      ]),
      ...unmatchable(driver, kind, inputs.target, before?.target),
    ]);
  },
  observe: async (prior, inputs, driver, context) => {
    const state = prior?.state;
    const unknown = hasUnknown(inputs.target) || hasUnknown(inputs.triggers);
    const due = state === undefined || (noReplacement(state, inputs) && wantsRun(state, inputs));
    if (unknown || !due || context.compareOnly) return { findings: [] };
    const given = consolidationInputs(inputs);
    const wanted: ConsolidationInputs = mayDelete(state, inputs) ? given : { ...given, deleteSnapshots: "none" };
    const known = state && knownTarget(state, wanted);
    const findings = await preflightRun(wanted, known, driver, context);
    // The engine may compare twice.
    return {
      findings: findings.filter(({ severity, message }) => severity === "refusal" || context.memory.once(message)),
    };
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

/**
 * Merges redundant disks when needed or on trigger, and deletes snapshots where configured. Deleting the resource does
 * nothing.
 */
export const consolidationTask: Lifecycle = lifecycleOf(planning, {
  type: "ConsolidationTask",
  description:
    "Merges redundant disks of failed or unconsolidated removals: when needed, or on trigger. It can delete all snapshots of a VM first. Deleting the resource does nothing.",
  create: async (inputs, context) => {
    const { targetId, outputs } = await runConsolidation(inputs, "create", context);
    return { id: printId({ connection: String(inputs.connection), target: targetId, snapshot: POINT }), outputs };
  },
  read,
  update: async (_id, state, news, context) => {
    const { installation, targetId: id } = state as { installation?: string; targetId?: string };
    // A changed target replaces the resource, so here the target is the state's.
    const known = installation === undefined ? undefined : { installation, ...(id === undefined ? {} : { id }) };
    if (wantsRun(state, news)) {
      return (await runConsolidation(news, "update", context, known, mayDelete(state, news))).outputs;
    }
    return { ...withoutInputs(state), ...news };
  },
  delete: async () => {},
});

/** A run is due when a trigger changed, or when a refresh found that the VM needs consolidation again. */
function wantsRun(state: Values, news: Values): boolean {
  if (isTriggered(state, news)) return true;
  return news.when === "needed" && state.consolidationNeeded === true;
}

function isTriggered(state: Values, news: Values): boolean {
  const { triggers } = consolidationFields;
  return diffFields({ triggers }, state, news).updates.length > 0;
}

/** A run that is due only because of a refresh deletes nothing, since no trigger changed. */
function mayDelete(state: Values | undefined, news: Values): boolean {
  return state === undefined || isTriggered(state, news);
}

async function read(id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const given = Object.fromEntries(Object.keys(consolidationFields).map((key) => [key, state[key]]));
  const { inputs } = checkFields(consolidationFields, {
    connection: parsed.connection,
    target: parsed.target,
    ...defined(given),
  });
  const { connection, kind, timeouts } = consolidationInputs(inputs);
  const driver = context.driver(connection);
  const call = beginOperation(
    "read",
    timeouts,
    `read the consolidation of VM ${String(state.targetName ?? parsed.target)}`,
    context,
  );
  const known = typeof state.installation === "string" ? state.installation : undefined;
  await sameInstallation(driver, known, call);
  try {
    const target = await driver.inspect(kind, parsed.target, call, { freshness: "recent" });
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
