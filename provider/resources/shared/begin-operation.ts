import { type Duration, milliseconds } from "../../core/durations";
import { SnapstateError } from "../../core/errors";
import { Deadline, type OperationContext } from "../../core/operation";
import type { Driver } from "../../platforms/contract";
import { defaultTimeouts } from "../../schema/common-fields";
import type { Context } from "./lifecycle";

/** The context for one operation of a resource, with the time limit of the resource or the engine. */
export function beginOperation(
  operation: keyof typeof defaultTimeouts,
  timeouts: { [key in keyof typeof defaultTimeouts]?: Duration } | undefined,
  operationText: string,
  context: Context,
): OperationContext {
  const stated = timeouts?.[operation];
  const own = milliseconds(stated ?? defaultTimeouts[operation]);
  // A limit set in the engine replaces the default; when both are set, the shorter one applies.
  const limit = context.timeout && (stated === undefined || context.timeout < own) ? context.timeout : own;
  return {
    signal: context.signal,
    deadline: new Deadline(limit, context.clock),
    operation: operationText,
    report: context.report,
  };
}

/**
 * The installation behind the connection, checked against the one in the state. Ids of one vCenter are invalid in
 * another: without this check, a redirected connection would report every snapshot as missing.
 */
export async function sameInstallation(
  driver: Driver,
  known: string | undefined,
  call: OperationContext,
): Promise<string> {
  const installation = await driver.installation(call);
  if (known === undefined || known === installation) return installation;
  throw new SnapstateError({
    kind: "conflict",
    operation: call.operation,
    detail: `the connection now reaches installation ${installation}, but the state belongs to ${known}`,
    hint: "Point the connection back, or use a connection of another name for the other installation. The state is unchanged",
  });
}
