import { asSnapstateError, ignoreNotFound, type SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver } from "../../platforms/contract";
import type { Derived, DerivedCapability, DerivedKind, DerivedSpec } from "../../platforms/derived";
import { selectorOf } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import { type Change, changeOnce, done, mayStillBeRunning, NOT_DONE } from "../shared/change";
import { printId, printPendingId } from "../shared/ids";
import { type Context, type Created, partialState, UnfinishedError, type Values } from "../shared/lifecycle";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { platformIdOf } from "../snapshot/find";
import { type DerivedInputs, derivedKey, derivedOf, derivedOutputs, markedDerived, parseDerivedInputs } from "./inputs";

interface Making {
  kind: DerivedKind;
  values: Values;
  inputs: DerivedInputs;
  driver: Driver;
  derived: DerivedCapability;
  installation: string;
  call: OperationContext;
}

/** Creates the copy, or finds that of an interrupted run: afterwards there is exactly one. */
export async function createDerived(kind: DerivedKind, values: Values, context: Context): Promise<Created> {
  const inputs = parseDerivedInputs(values);
  const driver = context.driver(inputs.connection);
  const operation = `create ${kind} ${JSON.stringify(inputs.name)} from snapshot ${inputs.snapshot}`;
  const call = beginOperation("create", inputs.timeouts, operation, context);
  const derived = derivedOf(driver, kind, operation);
  const installation = await driver.installation(call);
  const making = { kind, values, inputs, driver, derived, installation, call };
  try {
    return await context.memory.withLock(`${installation}/${kind}/${inputs.marker}`, () => ensureCreated(making));
  } catch (error) {
    throw partialState(values, error);
  }
}

async function ensureCreated(making: Making): Promise<Created> {
  const { kind, values, inputs, driver, derived, installation, call } = making;
  const vm = await vmOf(making);
  const found = await observeSettled(making);
  if (found !== undefined) {
    const message = `reused ${kind} ${JSON.stringify(found.name)} (${found.id}) of ${found.createdAt}, which has this resource's marker: an earlier run made it, or the state was lost`;
    call.report({ message, severity: "warning" });
  }
  const id = found?.id ?? (await make(making, vm));
  try {
    let copy = await derived.read(kind, id, call);
    if (vm !== undefined && copy.attachedTo === undefined) {
      await retryWhileBusy(call, () => derived.attach(id, vm, call));
      copy = await derived.read(kind, id, call);
    }
    const where = { platform: driver.platform, installation };
    const outputs = derivedOutputs(kind, values, where, copy);
    return {
      id: printId({ connection: inputs.connection, target: kind, snapshot: id }),
      outputs,
      ...(found && { takenOver: derivedKey(kind, outputs) }),
    };
  } catch (error) {
    throw unfinished(making, error, id);
  }
}

async function vmOf({ kind, inputs, driver, call }: Making): Promise<string | undefined> {
  if (kind !== "volume" || inputs.attachTo === undefined) return undefined;
  return (await driver.findTarget("recovery-point", selectorOf(inputs.attachTo), call)).id;
}

/** The copy with our marker, once no task works on it. Leftovers of a failed create are removed. */
async function observeSettled({ kind, inputs, derived, call }: Making): Promise<Derived | undefined> {
  for (;;) {
    const copy = markedDerived(await derived.list(kind, call), inputs.marker, call);
    if (copy === undefined || copy.state === "ready") return copy;
    if (copy.state === "making") {
      call.report({ message: `waiting for ${copy.id}, which an interrupted run began` });
      await derived.settle(kind, copy.id, call).catch(ignoreNotFound);
      continue;
    }
    call.report({ message: `removing ${copy.id} (${copy.stateWord}), left by a failed create` });
    await retryWhileBusy(call, () => derived.remove(kind, copy.id, call)).catch(ignoreNotFound);
  }
}

/** Makes it exactly once. @throws UnfinishedError when the platform may still be working, or cannot be read */
async function make(making: Making, attachTo: string | undefined): Promise<string> {
  const { kind, inputs, derived, call } = making;
  const spec: DerivedSpec = {
    snapshotId: await platformIdOf(making.driver, "snapshot", inputs.snapshot, call),
    name: inputs.name,
    description: inputs.description ?? "",
    ownership: { marker: inputs.marker },
    ...(attachTo === undefined ? {} : { attachTo }),
    ...(inputs.osType === undefined ? {} : { osType: inputs.osType }),
    ...(inputs.passwordEnabled === undefined ? {} : { passwordEnabled: inputs.passwordEnabled }),
  };
  const change: Change<string> = {
    send: () => derived.create(kind, spec, call),
    observe: async () => {
      const copy = await observeSettled(making);
      return copy === undefined ? NOT_DONE : done(copy.id);
    },
    subject: `the ${kind}`,
    unobserved: (failure, lost) => unfinished(making, failure, undefined, lost),
  };
  try {
    return await changeOnce(change, call);
  } catch (error) {
    throw mayStillBeRunning(error) ? unfinished(making, error) : error;
  }
}

function unfinished(making: Making, cause: unknown, copyId?: string, before?: SnapstateError): UnfinishedError {
  const { kind, inputs, driver, installation } = making;
  const id =
    copyId === undefined
      ? printPendingId(inputs.connection, kind, inputs.marker)
      : printId({ connection: inputs.connection, target: kind, snapshot: copyId });
  const known = { platform: driver.platform, installation, ...(copyId && { platformId: copyId }) };
  const reasons = [asSnapstateError(cause, "create").message, ...(before ? [before.message] : [])];
  return new UnfinishedError(id, known, reasons, cause);
}
