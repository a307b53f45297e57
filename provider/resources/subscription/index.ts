import { asSnapstateError, isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Subscription, Target } from "../../platforms/contract";
import { checkFields } from "../../schema/fields";
import { describeTarget } from "../../schema/target-input";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { findTarget, knownTarget } from "../shared/find-target";
import { parseId, printId } from "../shared/ids";
import {
  type Context,
  type Created,
  type Lifecycle,
  PartialStateError,
  type ReadResult,
  stillUnfinished,
  type Values,
} from "../shared/lifecycle";
import { lifecycleOf } from "../shared/plan";
import { type OptionInputs, optionFields } from "./fields";
import { OrderOpen, subscribe } from "./order";
import { optionPlanning } from "./plan";

/** Last part of the id: a VPS has exactly one such option. */
const ID_PART = "snapshot-option";

/** The paid option that a platform requires before it takes snapshots. */
export const snapshotOption: Lifecycle = lifecycleOf(optionPlanning, {
  type: "SnapshotOption",
  module: "ovh",
  description:
    "The paid option that OVHcloud requires for snapshots of a VPS: required, or bought with an explicit maximum price. Deleting the resource keeps the subscription by default.",
  create: (inputs, context) => create(inputs, context),
  read,
  update,
  delete: remove,
  keyOf,
});

/** Identifies a state's subscription; undefined before it exists. */
function keyOf({ optionState, installation, targetId }: Values): string | undefined {
  return optionState === "subscribed" ? `${installation}\n${targetId}` : undefined;
}

/** @param state of an interrupted create */
async function create(values: Values, context: Context, state: Values = {}): Promise<Created> {
  const inputs = values as unknown as OptionInputs;
  const driver = context.driver(inputs.connection);
  const operation = `have the snapshot option of ${describeTarget(inputs.target)}`;
  const call = beginOperation("create", inputs.timeouts, operation, context);
  const option = callsOf(driver, call);
  const installation = await driver.installation(call);
  const target = await findTarget(driver, "snapshot", inputs.target, knownTarget(state, inputs), call);
  const id = printId({ connection: inputs.connection, target: target.id, snapshot: ID_PART });
  const place = placeOf(driver, installation, target);
  try {
    const bought = await context.memory.withLock(`${installation}/${target.id}/option`, () =>
      subscribe({ inputs, option, target, call }),
    );
    const outputs = { ...values, ...place, optionState: "subscribed", ...bought };
    return { id, outputs, ...(bought.ordered ? {} : { takenOver: keyOf(outputs) }) };
  } catch (error) {
    if (!(error instanceof OrderOpen)) throw error;
    const { orderId, paid, cause } = error;
    const outputs = { ...values, ...place, optionState: "ordered", ordered: true, orderId, ...(paid ? { paid } : {}) };
    throw new PartialStateError(id, outputs, [asSnapstateError(cause, operation).message], { cause });
  }
}

/** Changes nothing on the platform, except to finish an interrupted create. */
async function update(id: string, state: Values, news: Values, context: Context): Promise<Values> {
  if (state.optionState === "subscribed") {
    const kept = Object.entries(state).filter(([key]) => !Object.hasOwn(optionFields, key));
    return { ...Object.fromEntries(kept), ...news };
  }
  try {
    const { outputs } = await create(news, context, state);
    // The record of a purchase by an interrupted run is kept.
    const { ordered, orderId, paid } = state;
    return { ...(ordered === true ? { ordered, orderId, paid } : {}), ...defined(outputs, ordered === true) };
  } catch (error) {
    throw stillUnfinished(id, { ...state, ...news }, error);
  }
}

function defined(outputs: Values, keepOrder: boolean): Values {
  const skip = keepOrder && outputs.ordered !== true ? ["ordered", "orderId", "paid"] : [];
  return Object.fromEntries(Object.entries(outputs).filter(([key]) => !skip.includes(key)));
}

async function read(id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const given = Object.fromEntries(
    Object.keys(optionFields).flatMap((key) => (state[key] === undefined ? [] : [[key, state[key]]])),
  );
  const { inputs } = checkFields(optionFields, { connection: parsed.connection, target: parsed.target, ...given });
  const { connection, timeouts } = inputs as unknown as OptionInputs;
  const driver = context.driver(connection);
  const operation = `read the snapshot option of VPS ${String(state.targetName ?? parsed.target)}`;
  const call = beginOperation("read", timeouts, operation, context);
  const option = callsOf(driver, call);
  const installation = await sameInstallation(driver, installationOf(state), call);
  try {
    const byHand = state.targetId === undefined;
    const by = byHand ? "any" : "id";
    const target = await driver.findTarget("snapshot", { by, value: parsed.target }, call);
    const optionState = await option.state(target.id, call);
    if (optionState !== "subscribed") {
      // The order may still be being delivered, so the option cannot be declared missing yet.
      return state.optionState === "ordered" ? { id, outputs: state, inputs } : undefined;
    }
    const before = { ordered: false, orderId: "" };
    const outputs = { ...before, ...state, ...inputs, ...placeOf(driver, installation, target), optionState };
    return { id: printId({ connection, target: target.id, snapshot: ID_PART }), outputs, inputs };
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

async function remove(id: string, state: Values, context: Context): Promise<void> {
  const { onDestroy, timeouts, connection } = state as unknown as OptionInputs;
  const named = String(state.targetName ?? parseId(id).target);
  if (onDestroy !== "cancel") {
    const message = `the snapshot option of ${named} stays subscribed and continues to cost; cancel it in the control panel, or set onDestroy to cancel before deleting the resource`;
    return context.report({ message, severity: "warning" });
  }
  const key = keyOf(state);
  if (key !== undefined && key === context.takenOver) {
    const message = `the snapshot option of ${named} was kept: a forced replacement continues the subscription`;
    return context.report({ message, severity: "warning" });
  }
  const driver = context.driver(connection);
  const call = beginOperation("delete", timeouts, `cancel the snapshot option of VPS ${named}`, context);
  const option = callsOf(driver, call);
  await sameInstallation(driver, installationOf(state), call);
  call.report({ message: option.endWarning, severity: "warning" });
  try {
    await option.end(parseId(id).target, call);
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return;
    if (!isSnapstateError(error, "lost-reply")) throw error;
    if ((await option.state(parseId(id).target, call)) === "subscribed") throw error;
  }
}

function callsOf({ platform, subscription: calls }: Driver, call: OperationContext): Subscription {
  if (calls !== undefined) return calls;
  throw new SnapstateError({
    kind: "unsupported",
    operation: call.operation,
    detail: `${platform} has no paid snapshot option`,
    hint: "Remove the SnapshotOption",
  });
}

function placeOf({ platform }: Driver, installation: string, { id, name }: Target): Values {
  return { platform, installation, targetId: id, targetName: name };
}

function installationOf({ installation }: Values): string | undefined {
  return typeof installation === "string" ? installation : undefined;
}
