import { asSnapstateError } from "../../core/errors";
import type { Driver, SnapshotKind } from "../../platforms/contract";
import { diffFields } from "../../schema/fields";
import { selectorOf } from "../../schema/target-input";
import { hasUnknown } from "../../schema/unknown";
import { beginOperation } from "../shared/begin-operation";
import type { Context, Values } from "../shared/lifecycle";
import type { Comparison, Observed, Planning, Prior } from "../shared/plan";
import { refusal } from "../shared/preflight";
import { contradictions, limitsOf } from "./contradictions";
import { commonSnapshotOutputs, fieldsOf } from "./fields";
import { parseSnapshotInputs, parseSnapshotState } from "./inputs";
import { preflightCreate } from "./preflight";

interface SnapshotObserved extends Observed {
  /**
   * The program selects the state's VM in another way. If that is unknown, it counts as another VM, which replaces.
   */
  sameTarget: boolean;
  /** A missing marker can be written. */
  markable: boolean;
  /** Only one snapshot, or one of this name, can exist, so a replacement deletes the old one first. */
  single: boolean;
}

/** The plan of a Snapshot or RecoveryPoint. */
export function snapshotPlanning(kind: SnapshotKind): Planning<SnapshotObserved> {
  return {
    fields: fieldsOf(kind),
    outputs: commonSnapshotOutputs,
    validate: (inputs, before, context) => contradictions(kind, inputs, before, context),
    limits: (inputs, before, driver) => limitsOf(kind, inputs, before, driver),
    observe: (prior, inputs, driver, context) => observe(kind, prior, inputs, driver, context),
    compare: (state, inputs, observed) => compare(kind, state, inputs, observed),
  };
}

async function observe(
  kind: SnapshotKind,
  prior: Prior | undefined,
  inputs: Values,
  driver: Driver,
  context: Context,
): Promise<SnapshotObserved> {
  const state = prior?.state;
  const sameName = inputs.name !== undefined && inputs.name === state?.name;
  const facts = {
    markable: driver.supports(kind, "describe").supported && !context.imported,
    single: driver.maxSnapshots?.(kind) === 1 || (sameName && driver.textLimits?.(kind).name?.unique === true),
  };
  if (state === undefined) {
    const findings = hasUnknown(inputs.target) ? [] : await preflightCreate(kind, inputs, driver, context);
    return { ...facts, findings, sameTarget: false };
  }
  const { replaces } = differences(kind, state, inputs);
  const renamed = replaces.some(isIdentity);
  return {
    ...facts,
    findings: [],
    sameTarget: renamed && (await sameTarget(kind, state, inputs, driver, context)),
  };
}

/** Compares the program with the platform's values in the state. */
function compare(kind: SnapshotKind, state: Values, news: Values, observed: SnapshotObserved | undefined): Comparison {
  const { updates, replaces } = differences(kind, state, news);
  const known = parseSnapshotState(state);
  // An interrupted create is finished by update, whatever else changed, unless another point in time is wanted.
  if (known.platformId === undefined && updates.length === 0) updates.push("platformId");

  // An imported snapshot, or one whose marker was removed manually: the update writes it.
  const bare = known.platformId !== undefined && known.managed === false && known.consumedAt === undefined;
  if (bare && news.marker !== undefined && observed?.markable && updates.length === 0) updates.push("managed");

  if (observed?.sameTarget) {
    updates.push(...replaces.filter(isIdentity));
    replaces.splice(0, replaces.length, ...replaces.filter((key) => !isIdentity(key)));
  }
  if (replaces.length === 0) return { updates, replaces, deleteBeforeReplace: false };
  const findings = state.hold === true ? [held(replaces, news.hold === true)] : [];
  return { updates, replaces, deleteBeforeReplace: observed?.single ?? false, findings };
}

function isIdentity(key: string): boolean {
  return key === "target" || key === "connection";
}

/**
 * The state's name and description are the platform's. An omitted input is compared with its last value in the program,
 * so that omitting it restores nothing and is not a change in itself.
 */
function differences(kind: SnapshotKind, state: Values, news: Values): { updates: string[]; replaces: string[] } {
  const { desired } = parseSnapshotState(state);
  const name = news.name === undefined && state.name === desired?.name ? undefined : state.name;
  const untouched = news.description === undefined && desired?.description === undefined;
  // Dropping a description from the program clears it; a manually added text is kept if none was ever stated.
  const empty = news.description === undefined && state.description === "";
  const comparable = {
    ...state,
    name,
    description: untouched || empty ? undefined : state.description,
    expiresAt: state.ttl === undefined ? state.expiresAt : undefined,
  };
  return diffFields(fieldsOf(kind), comparable, news);
}

async function sameTarget(
  kind: SnapshotKind,
  state: Values,
  news: Values,
  driver: Driver,
  context: Context,
): Promise<boolean> {
  const { installation, targetId } = parseSnapshotState(state);
  if (targetId === undefined || hasUnknown(news.target)) return false;
  const inputs = parseSnapshotInputs(kind, news);
  const call = beginOperation("read", inputs.timeouts, `compare target of ${String(state.name)}`, context);
  try {
    if ((await driver.installation(call)) !== installation) return false;
    return (await driver.findTarget(kind, selectorOf(inputs.target), call)).id === targetId;
  } catch (error) {
    call.report({ message: asSnapstateError(error, call.operation).message, severity: "warning" });
    return false;
  }
}

function held(replaces: string[], still: boolean) {
  const remedy = still
    ? "Set hold to false in a separate update, then make the change"
    : "A hold is cleared by a separate update: run with hold: false first, then make the change";
  return {
    ...refusal(`it is on hold, and ${replaces.join(", ")} would replace it. ${remedy}`, "hold"),
    kind: "held" as const,
  };
}
