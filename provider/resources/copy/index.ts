import { asSnapstateError, isSnapstateError } from "../../errors";
import type { Hypervisor } from "../../hypervisors/contract";
import type { Copy, CopyKind } from "../../hypervisors/copies";
import type { Call } from "../../waiting";
import { checkFields } from "../core/fields";
import { parseId, pendingMarker } from "../core/ids";
import { type Context, type Lifecycle, PartialStateError, type ReadResult, type Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import type { OutputTable } from "../core/outputs";
import { lifecycleOf } from "../core/plan";
import { selectorOf } from "../core/target-input";
import { tryAgainWhileBusy } from "../core/try-again";
import { createCopy } from "./create";
import { deleteCopy } from "./delete";
import { copyFieldsOf, templateOutputs, volumeOutputs } from "./fields";
import { type CopyInputs, copiesOf, copyInputs, copyOutputs, copyState, markedCopy } from "./inputs";
import { copyPlanning } from "./plan";

function copyLifecycle(type: string, kind: CopyKind, outputs: OutputTable, description: string): Lifecycle {
  return lifecycleOf(copyPlanning(kind, outputs), {
    type,
    description,
    create: (inputs, context) => createCopy(kind, inputs, context),
    read: (id, state, context) => read(kind, id, state, context),
    update: (id, state, news, context) => update(kind, id, state, news, context),
    delete: (id, state, context) => deleteCopy(kind, id, state, context),
  });
}

/** A template, from which new VMs are made. */
export const template = copyLifecycle(
  "Template",
  "template",
  templateOutputs,
  "A template made from a snapshot of a root disk, from which new VMs are made. It lives on when the snapshot is deleted.",
);

/** A data volume. */
export const volume = copyLifecycle(
  "Volume",
  "volume",
  volumeOutputs,
  "A data volume made from a snapshot, attached to a VM where that is asked for. It lives on when the snapshot is deleted.",
);

async function read(kind: CopyKind, id: string, state: Values, context: Context): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const inputs = inputsOf(kind, state);
  const hypervisor = context.hypervisor(String(state.connection ?? parsed.connection));
  const doing = `read ${kind} ${JSON.stringify(state.name ?? parsed.point)}`;
  const call = beginCall("read", copyInputs(state).timeouts, doing, context);
  const copies = copiesOf(hypervisor, kind, call.doing);
  const installation = await sameInstallation(hypervisor, copyState(state).installation, call);
  const marker = copyState(state).platformId === undefined ? pendingMarker(parsed) : undefined;
  try {
    const copy =
      marker === undefined
        ? await copies.read(kind, copyState(state).platformId ?? parsed.point, call)
        : markedCopy(await copies.list(kind, call), marker, call);
    if (copy === undefined) return undefined;
    // What is being made, or could not be, is for the next run to finish.
    if (marker !== undefined && copy.state !== "ready") return { id, outputs: state, inputs };
    const imported = state.platformId === undefined && marker === undefined;
    const values = imported ? importedInputs(kind, parsed.connection, copy, inputs) : inputs;
    const outputs = copyOutputs(kind, values, { platform: hypervisor.platform, installation }, copy);
    return { id, outputs, inputs: { ...values, name: copy.name } };
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

/** Which snapshot a copy was made from is not told by the platform: it must be in the program. */
function importedInputs(kind: CopyKind, connection: string, copy: Copy, given: Values): Values {
  const { name, description, ownership } = copy;
  const words = kind === "template" && description !== "" ? { description } : {};
  return checkFields(copyFieldsOf(kind), {
    connection,
    name,
    ...words,
    ...(ownership && { marker: ownership.marker }),
    ...given,
  }).inputs;
}

async function update(kind: CopyKind, id: string, state: Values, news: Values, context: Context): Promise<Values> {
  const values = { ...news, marker: news.marker ?? state.marker };
  const { platformId, installation: known } = copyState(state);
  if (platformId === undefined) return finishCreate(kind, id, values, context);
  const inputs = copyInputs(values);
  const hypervisor = context.hypervisor(inputs.connection);
  const call = beginCall("update", inputs.timeouts, `update ${kind} ${JSON.stringify(inputs.name)}`, context);
  const copies = copiesOf(hypervisor, kind, call.doing);
  const installation = await sameInstallation(hypervisor, known, call);
  const before = await copies.read(kind, platformId, call);
  const vm = await wantedVm(inputs, state, before, hypervisor, call);
  if (kind === "template" || before.attachedTo === vm) {
    return copyOutputs(kind, values, { platform: hypervisor.platform, installation }, before);
  }
  if (before.attachedTo !== undefined) {
    await tryAgainWhileBusy(call, () => copies.attach(platformId, undefined, call));
  }
  if (vm !== undefined) await tryAgainWhileBusy(call, () => copies.attach(platformId, vm, call));
  const copy = await copies.read(kind, platformId, call);
  return copyOutputs(kind, values, { platform: hypervisor.platform, installation }, copy);
}

/** The id of the VM that a volume is to be attached to. One that was attached by hand, and never by a program, stays so. */
async function wantedVm(
  { attachTo }: CopyInputs,
  state: Values,
  { attachedTo }: Copy,
  hypervisor: Hypervisor,
  call: Call,
): Promise<string | undefined> {
  if (attachTo !== undefined) return (await hypervisor.findTarget("recovery-point", selectorOf(attachTo), call)).id;
  return state.attachTo === undefined ? attachedTo : undefined;
}

/** The create looks for its marker first, so finishing is creating; the id in the state stays what it is. */
async function finishCreate(kind: CopyKind, id: string, values: Values, context: Context): Promise<Values> {
  try {
    return (await createCopy(kind, values, context)).outputs;
  } catch (error) {
    if (error instanceof PartialStateError) {
      throw new PartialStateError(id, error.outputs, error.reasons, { cause: error });
    }
    if (!isSnapstateError(error)) throw error;
    throw new PartialStateError(id, values, [asSnapstateError(error, "finish the create").message], { cause: error });
  }
}

function inputsOf(kind: CopyKind, state: Values): Values {
  return Object.fromEntries(
    Object.keys(copyFieldsOf(kind)).flatMap((key) => (state[key] === undefined ? [] : [[key, state[key]]])),
  );
}
