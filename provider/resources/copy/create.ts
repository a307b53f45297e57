import { asSnapstateError, onlyGone, type SnapstateError } from "../../errors";
import type { Hypervisor } from "../../hypervisors/contract";
import type { Copies, Copy, CopyKind, CopySpec } from "../../hypervisors/copies";
import type { Call } from "../../waiting";
import { type Change, changeOnce, done, mayStillBeRunning, NOT_DONE } from "../core/change";
import { printId, printPendingId } from "../core/ids";
import { type Context, type Created, PartialStateError, type Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { selectorOf } from "../core/target-input";
import { tryAgainWhileBusy } from "../core/try-again";
import { platformIdOf } from "../point/find";
import { type CopyInputs, copiesOf, copyInputs, copyOutputs, markedCopy } from "./inputs";

interface Making {
  kind: CopyKind;
  values: Values;
  inputs: CopyInputs;
  hypervisor: Hypervisor;
  copies: Copies;
  installation: string;
  call: Call;
}

/** Makes the copy, or finds the one that an interrupted run has made already: after it there is exactly one. */
export async function createCopy(kind: CopyKind, values: Values, context: Context): Promise<Created> {
  const inputs = copyInputs(values);
  const hypervisor = context.hypervisor(inputs.connection);
  const doing = `create ${kind} ${JSON.stringify(inputs.name)} from snapshot ${inputs.snapshot}`;
  const call = beginCall("create", inputs.timeouts, doing, context);
  const copies = copiesOf(hypervisor, kind, doing);
  const installation = await hypervisor.installation(call);
  const making = { kind, values, inputs, hypervisor, copies, installation, call };
  return context.memory.exclusively(`${installation}/${kind}/${inputs.marker}`, () => bringAbout(making, context));
}

async function bringAbout(making: Making, context: Context): Promise<Created> {
  const { kind, values, inputs, hypervisor, copies, installation, call } = making;
  const vm = await vmOf(making);
  const found = await lookSettled(making);
  if (found !== undefined) {
    const message = `reused ${kind} ${JSON.stringify(found.name)} (${found.id}) of ${found.createdAt}, which carries this resource's marker: an earlier run has made it, or the state was lost`;
    call.report({ message, severity: "warning" });
    const owner = context.owner ?? inputs.owner;
    if (owner !== undefined) context.memory.noteTakenOver(owner, copyKey(installation, found.id));
  }
  const id = found?.id ?? (await make(making, vm));
  try {
    let copy = await copies.read(kind, id, call);
    if (vm !== undefined && copy.attachedTo === undefined) {
      await tryAgainWhileBusy(call, () => copies.attach(id, vm, call));
      copy = await copies.read(kind, id, call);
    }
    const where = { platform: hypervisor.platform, installation };
    return {
      id: printId({ connection: inputs.connection, target: kind, point: id }),
      outputs: copyOutputs(kind, values, where, copy),
    };
  } catch (error) {
    throw partial(making, error, id);
  }
}

/** What a create of this process took over, which the delete of what it replaces must then leave. */
export function copyKey(installation: string, id: string): string {
  return `${installation}/copy/${id}`;
}

async function vmOf({ kind, inputs, hypervisor, call }: Making): Promise<string | undefined> {
  if (kind !== "volume" || inputs.attachTo === undefined) return undefined;
  return (await hypervisor.findTarget("recovery-point", selectorOf(inputs.attachTo), call)).id;
}

/** The copy with our marker once nobody is at work on it; what a failed create has left is removed. */
async function lookSettled({ kind, inputs, copies, call }: Making): Promise<Copy | undefined> {
  for (;;) {
    const copy = markedCopy(await copies.list(kind, call), inputs.marker, call);
    if (copy === undefined || copy.state === "ready") return copy;
    if (copy.state === "making") {
      call.report({ message: `waiting for ${copy.id}, which an interrupted run has begun` });
      await copies.settle(kind, copy.id, call).catch(onlyGone);
      continue;
    }
    call.report({ message: `removing ${copy.id} (${copy.stateWord}), which a failed create has left` });
    await tryAgainWhileBusy(call, () => copies.remove(kind, copy.id, call)).catch(onlyGone);
  }
}

/** Makes it exactly once. @throws PartialStateError when the platform may still be at work, or cannot be asked */
async function make(making: Making, attachTo: string | undefined): Promise<string> {
  const { kind, inputs, copies, call } = making;
  const spec: CopySpec = {
    snapshotId: await platformIdOf(making.hypervisor, "snapshot", inputs.snapshot, call),
    name: inputs.name,
    description: inputs.description ?? "",
    ownership: { marker: inputs.marker },
    ...(attachTo === undefined ? {} : { attachTo }),
    ...(inputs.osType === undefined ? {} : { osType: inputs.osType }),
    ...(inputs.passwordEnabled === undefined ? {} : { passwordEnabled: inputs.passwordEnabled }),
  };
  const change: Change<string> = {
    send: () => copies.create(kind, spec, call),
    observe: async () => {
      const copy = await lookSettled(making);
      return copy === undefined ? NOT_DONE : done(copy.id);
    },
    subject: `the ${kind}`,
    unobserved: (failure, lost) => partial(making, failure, undefined, lost),
  };
  try {
    return await changeOnce(change, call);
  } catch (error) {
    throw mayStillBeRunning(error) ? partial(making, error) : error;
  }
}

function partial(making: Making, cause: unknown, copyId?: string, before?: SnapstateError): PartialStateError {
  const { kind, values, inputs, hypervisor, installation } = making;
  const id =
    copyId === undefined
      ? printPendingId(inputs.connection, kind, inputs.marker)
      : printId({ connection: inputs.connection, target: kind, point: copyId });
  const known = { platform: hypervisor.platform, installation, ...(copyId && { platformId: copyId }) };
  const reasons = [asSnapstateError(cause, "create").message, ...(before ? [before.message] : [])];
  return new PartialStateError(id, { ...values, ...known }, reasons as [string, ...string[]], { cause });
}
