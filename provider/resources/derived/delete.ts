import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { DerivedCapability, DerivedKind } from "../../platforms/derived";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { type Change, changeOnce, NOT_DONE, REPEATABLE } from "../shared/change";
import { parseId, pendingMarker } from "../shared/ids";
import type { Context, Values } from "../shared/lifecycle";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { isTakenOver } from "../shared/taken-over";
import { derivedOf, markedDerived, parseDerivedInputs, parseDerivedState, takenOverOf } from "./inputs";

/** Removes the copy, or releases it. Its proven absence counts as success. */
export async function deleteDerived(kind: DerivedKind, id: string, state: Values, context: Context): Promise<void> {
  const inputs = parseDerivedInputs(state);
  const { installation: known = "", platformId } = parseDerivedState(state);
  const marker = pendingMarker(parseId(id)) ?? inputs.marker;
  if (isTakenOver(context.takenOver, takenOverOf(kind, state, marker))) {
    const message = `${platformId ?? `the ${kind}`} was kept, and nothing new was created: a forced replacement looks like the end of an interrupted create. To create a new one, change \`triggers\``;
    return context.report({ message, severity: "warning" });
  }
  if (inputs.onDestroy === "retain") {
    const message = `left ${platformId ?? kind} on the platform with its marker (onDestroy: retain); a resource of the same name will take it over`;
    return context.report({ message, severity: "warning" });
  }
  const driver = context.driver(inputs.connection);
  const call = beginOperation("delete", inputs.timeouts, `delete ${kind} ${JSON.stringify(state.name ?? id)}`, context);
  const derived = derivedOf(driver, kind, call.operation);
  await sameInstallation(driver, known || undefined, call);
  const copyId = platformId ?? markedDerived(await derived.list(kind, call), marker, call)?.id;
  if (copyId === undefined) return;
  try {
    await remove(kind, derived, copyId, call);
  } catch (error) {
    if (!isSnapstateError(error, "not-found")) throw error;
    call.report({ message: "it no longer existed" });
  }
}

/** A volume is detached first. */
async function remove(
  kind: DerivedKind,
  derived: DerivedCapability,
  id: string,
  call: OperationContext,
): Promise<void> {
  const change: Change<void> = {
    send: async () => {
      const { attachedTo } = await derived.read(kind, id, call);
      if (attachedTo !== undefined) await retryWhileBusy(call, () => derived.attach(id, undefined, call));
      await derived.remove(kind, id, call);
    },
    // "Not found" is the platform's proof of absence.
    observe: async () => {
      await derived.read(kind, id, call);
      return NOT_DONE;
    },
    subject: `the ${kind}`,
    ...REPEATABLE,
  };
  await changeOnce(change, call);
}
