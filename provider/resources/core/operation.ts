import { SnapstateError } from "../../errors";
import type { Hypervisor } from "../../hypervisors/contract";
import { type Call, Deadline } from "../../waiting";
import { defaultTimeouts } from "./common-fields";
import { type Duration, milliseconds } from "./durations";
import type { Context } from "./lifecycle";

/** A call for one operation of a resource, with the time limit of the resource or of the engine. */
export function beginCall(
  operation: keyof typeof defaultTimeouts,
  timeouts: { [key in keyof typeof defaultTimeouts]?: Duration } | undefined,
  doing: string,
  context: Context,
): Call {
  const stated = timeouts?.[operation];
  const own = milliseconds(stated ?? defaultTimeouts[operation]);
  // A limit that the engine was given replaces the default; of two that were stated the shorter one wins.
  const limit = context.timeout && (stated === undefined || context.timeout < own) ? context.timeout : own;
  return {
    signal: context.signal,
    deadline: new Deadline(limit, context.clock),
    doing,
    report: context.report,
  };
}

/**
 * The installation behind the connection, checked against the one in the state. Ids of one vCenter mean nothing to
 * another: without this check a connection that was pointed elsewhere would find every snapshot "gone".
 */
export async function sameInstallation(hypervisor: Hypervisor, known: string | undefined, call: Call): Promise<string> {
  const installation = await hypervisor.installation(call);
  if (known === undefined || known === installation) return installation;
  throw new SnapstateError({
    kind: "conflict",
    doing: call.doing,
    answered: `the connection now reaches installation ${installation}, and the state was made against ${known}`,
    hint: "Point the connection back, or use a connection of another name for the other installation. The state was left as it is",
  });
}
