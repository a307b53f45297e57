import { isSnapstateError } from "../../errors";
import type { Copies, CopyKind } from "../../hypervisors/copies";
import type { Call } from "../../waiting";
import { type Change, changeOnce, NOT_DONE, REPEATABLE } from "../core/change";
import { parseId, pendingMarker } from "../core/ids";
import type { Context, Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { tryAgainWhileBusy } from "../core/try-again";
import { copyKey } from "./create";
import { copiesOf, copyInputs, copyState, markedCopy } from "./inputs";

/** Removes the copy, or lets go of it. One that is positively gone is a success. */
export async function deleteCopy(kind: CopyKind, id: string, state: Values, context: Context): Promise<void> {
  const inputs = copyInputs(state);
  const { installation: known = "", platformId } = copyState(state);
  const owner = context.owner ?? inputs.owner;
  if (owner !== undefined && platformId && context.memory.wasTakenOver(owner, copyKey(known, platformId))) {
    const message = `${platformId} stays, and nothing new was made: a forced replacement cannot be told from the end of an interrupted create. To make another one, change \`triggers\``;
    return context.report({ message, severity: "warning" });
  }
  if (inputs.onDestroy === "retain") {
    const message = `left ${platformId ?? kind} on the platform with its marker, as onDestroy: retain asks; a resource of the same name will take it over`;
    return context.report({ message, severity: "warning" });
  }
  const hypervisor = context.hypervisor(inputs.connection);
  const call = beginCall("delete", inputs.timeouts, `delete ${kind} ${JSON.stringify(state.name ?? id)}`, context);
  const copies = copiesOf(hypervisor, kind, call.doing);
  await sameInstallation(hypervisor, known || undefined, call);
  const marker = pendingMarker(parseId(id)) ?? inputs.marker;
  const copyId = platformId ?? markedCopy(await copies.list(kind, call), marker, call)?.id;
  if (copyId === undefined) return;
  try {
    await remove(kind, copies, copyId, call);
  } catch (error) {
    if (!isSnapstateError(error, "not-found")) throw error;
    call.report({ message: "it was gone already" });
  }
  if (owner !== undefined) context.memory.forgetMarker(owner);
}

/** A volume is detached first. */
async function remove(kind: CopyKind, copies: Copies, id: string, call: Call): Promise<void> {
  const change: Change<void> = {
    send: async () => {
      const { attachedTo } = await copies.read(kind, id, call);
      if (attachedTo !== undefined) await tryAgainWhileBusy(call, () => copies.attach(id, undefined, call));
      await copies.remove(kind, id, call);
    },
    // That it is gone the platform says as "not found", which is what was wanted.
    observe: async () => {
      await copies.read(kind, id, call);
      return NOT_DONE;
    },
    subject: `the ${kind}`,
    ...REPEATABLE,
  };
  await changeOnce(change, call);
}
