import { isSnapstateError } from "../../errors";
import { isFailure, openForCheck, ownerOf, unmatchable, unsupported } from "../core/check-parts";
import { checkFields, diffFields } from "../core/fields";
import { knownTarget } from "../core/find-target";
import { parseId, printId } from "../core/ids";
import type { CheckResult, Context, DiffResult, Lifecycle, ReadResult, Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { failuresOfFindings, throwRefusals, warningsOfFindings } from "../core/preflight";
import { describeTarget } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { consolidationFields, consolidationOutputs } from "./fields";
import { preflightRun } from "./guards";
import { type ConsolidationInputs, runConsolidation } from "./run";

/** The last part of the id: a consolidation is a thing done to a VM, not a thing on it. */
const POINT = "consolidation";

/** Merges redundant disks left behind, when needed or on trigger. Deleting it does nothing. */
export const consolidationTask: Lifecycle = {
  type: "ConsolidationTask",
  description:
    "Merges redundant disks that a failed or unconsolidated removal left behind: when needed, or on trigger. Deleting it does nothing.",
  fields: consolidationFields,
  outputs: consolidationOutputs,
  check,
  diff,
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
};

async function check(olds: Values | undefined, news: Values, context: Context): Promise<CheckResult> {
  const { inputs, failures } = checkFields(consolidationFields, news);
  context.memory.notePlanned(ownerOf(inputs, context));
  if (failures.length > 0 || hasUnknown(inputs.connection)) return { inputs, failures, warnings: [] };
  const hypervisor = openForCheck(String(inputs.connection), context);
  if (isFailure(hypervisor)) return { inputs, failures: [hypervisor], warnings: [] };
  failures.push(...unsupported(hypervisor, "snapshot", [["consolidate", "target", true]]));
  failures.push(...unmatchable(hypervisor, "snapshot", inputs.target, olds?.target));
  // What an existing one is about to do is judged by its diff, which knows the state.
  if (olds !== undefined || failures.length > 0 || hasUnknown(inputs.target)) return { inputs, failures, warnings: [] };
  const findings = await preflightRun(consolidationInputs(inputs), undefined, hypervisor, context);
  failures.push(...failuresOfFindings(findings, "target"));
  return { inputs, failures, warnings: warningsOfFindings(findings) };
}

async function diff(_id: string, state: Values, news: Values, context: Context): Promise<DiffResult> {
  const { updates, replaces } = diffFields(consolidationFields, state, news);
  const unknown = [news.connection, news.target, news.triggers].some(hasUnknown);
  const planned = context.memory.wasPlanned(ownerOf(news, context));
  if (planned && !unknown && replaces.length === 0 && wantsRun(state, news)) {
    const inputs = consolidationInputs(news);
    const hypervisor = context.hypervisor(inputs.connection);
    const findings = await preflightRun(inputs, knownTarget(state, inputs), hypervisor, context);
    for (const message of warningsOfFindings(findings)) context.report({ message, severity: "warning" });
    throwRefusals(findings, `consolidate the disks of ${describeTarget(inputs.target)}`);
  }
  if (updates.length === 0 && replaces.length === 0 && wantsRun(state, news)) updates.push("consolidationNeeded");
  return { updates, replaces, deleteBeforeReplace: false };
}

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
