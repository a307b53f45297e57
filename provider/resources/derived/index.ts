import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver } from "../../platforms/contract";
import type { Derived, DerivedKind } from "../../platforms/derived";
import { checkFields } from "../../schema/fields";
import type { OutputTable } from "../../schema/outputs";
import { selectorOf } from "../../schema/target-input";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { parseId, pendingMarker } from "../shared/ids";
import { type Context, type Lifecycle, type ReadResult, stillUnfinished, type Values } from "../shared/lifecycle";
import { lifecycleOf } from "../shared/plan";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { createDerived } from "./create";
import { deleteDerived } from "./delete";
import { derivedFieldsOf, templateOutputs, volumeOutputs } from "./fields";
import {
  type DerivedInputs,
  derivedKey,
  derivedOf,
  derivedOutputs,
  markedDerived,
  parseDerivedInputs,
  parseDerivedState,
} from "./inputs";
import { derivedPlanning } from "./plan";

function derivedLifecycle(type: string, kind: DerivedKind, outputs: OutputTable, description: string): Lifecycle {
  return lifecycleOf(derivedPlanning(kind, outputs), {
    module: "cloudstack",
    type,
    description,
    create: (inputs, context) => createDerived(kind, inputs, context),
    read: (id, state, context) => read(kind, id, state, context),
    update: (id, state, news, context) => update(kind, id, state, news, context),
    delete: (id, state, context) => deleteDerived(kind, id, state, context),
    keyOf: (state) => derivedKey(kind, state),
  });
}

/** A template, from which new VMs are made. */
export const template = derivedLifecycle(
  "Template",
  "template",
  templateOutputs,
  "A template made from a snapshot of a root disk, for new VMs. It remains when the snapshot is deleted.",
);

/** A data volume. */
export const volume = derivedLifecycle(
  "Volume",
  "volume",
  volumeOutputs,
  "A data volume made from a snapshot, optionally attached to a VM. It remains when the snapshot is deleted.",
);

async function read(kind: DerivedKind, id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const inputs = inputsOf(kind, state);
  const driver = context.driver(String(state.connection ?? parsed.connection));
  const operation = `read ${kind} ${JSON.stringify(state.name ?? parsed.snapshot)}`;
  const call = beginOperation("read", parseDerivedInputs(state).timeouts, operation, context);
  const derived = derivedOf(driver, kind, call.operation);
  const installation = await sameInstallation(driver, parseDerivedState(state).installation, call);
  const marker = parseDerivedState(state).platformId === undefined ? pendingMarker(parsed) : undefined;
  try {
    const copy =
      marker === undefined
        ? await derived.read(kind, parseDerivedState(state).platformId ?? parsed.snapshot, call)
        : markedDerived(await derived.list(kind, call), marker, call);
    if (copy === undefined) return undefined;
    // An unfinished or failed copy is handled by the next run.
    if (marker !== undefined && copy.state !== "ready") return { id, outputs: state, inputs };
    const imported = state.platformId === undefined && marker === undefined;
    const values = imported ? importedInputs(kind, parsed.connection, copy, inputs) : inputs;
    const outputs = derivedOutputs(kind, values, { platform: driver.platform, installation }, copy);
    return { id, outputs, inputs: { ...values, name: copy.name } };
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

/** The platform does not record the source snapshot, so the program must state it. */
function importedInputs(kind: DerivedKind, connection: string, copy: Derived, given: Values): Values {
  const { name, description, ownership } = copy;
  const words = kind === "template" && description !== "" ? { description } : {};
  return checkFields(derivedFieldsOf(kind), {
    connection,
    name,
    ...words,
    ...(ownership && { marker: ownership.marker }),
    ...given,
  }).inputs;
}

async function update(kind: DerivedKind, id: string, state: Values, news: Values, context: Context): Promise<Values> {
  const values = { ...news, marker: news.marker ?? state.marker };
  const { platformId, installation: known } = parseDerivedState(state);
  if (platformId === undefined) return finishCreate(kind, id, values, context);
  const inputs = parseDerivedInputs(values);
  const driver = context.driver(inputs.connection);
  const call = beginOperation("update", inputs.timeouts, `update ${kind} ${JSON.stringify(inputs.name)}`, context);
  const derived = derivedOf(driver, kind, call.operation);
  const installation = await sameInstallation(driver, known, call);
  const before = await derived.read(kind, platformId, call);
  const vm = await wantedVm(inputs, state, before, driver, call);
  if (kind === "template" || before.attachedTo === vm) {
    return derivedOutputs(kind, values, { platform: driver.platform, installation }, before);
  }
  if (before.attachedTo !== undefined) {
    await retryWhileBusy(call, () => derived.attach(platformId, undefined, call));
  }
  if (vm !== undefined) await retryWhileBusy(call, () => derived.attach(platformId, vm, call));
  const copy = await derived.read(kind, platformId, call);
  return derivedOutputs(kind, values, { platform: driver.platform, installation }, copy);
}

/**
 * The id of the VM to attach the volume to. A manually attached volume stays attached unless the program states
 * otherwise.
 */
async function wantedVm(
  { attachTo }: DerivedInputs,
  state: Values,
  { attachedTo }: Derived,
  driver: Driver,
  call: OperationContext,
): Promise<string | undefined> {
  if (attachTo !== undefined) return (await driver.findTarget("recovery-point", selectorOf(attachTo), call)).id;
  return state.attachTo === undefined ? attachedTo : undefined;
}

/** The create looks for its marker first, so finishing is creating; the id in the state stays the same. */
async function finishCreate(kind: DerivedKind, id: string, values: Values, context: Context): Promise<Values> {
  try {
    return (await createDerived(kind, values, context)).outputs;
  } catch (error) {
    throw stillUnfinished(id, values, error);
  }
}

function inputsOf(kind: DerivedKind, state: Values): Values {
  return Object.fromEntries(
    Object.keys(derivedFieldsOf(kind)).flatMap((key) => (state[key] === undefined ? [] : [[key, state[key]]])),
  );
}
