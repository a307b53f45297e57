import assert from "node:assert/strict";
import { isSnapstateError } from "../../provider/core/errors";
import { PartialStateError } from "../../provider/resources";
import type { Trouble, WiredPlatform } from "../platforms/harness";
import type { SimulatedReply, SimulatedRequest } from "../simulators/http-simulator";
import { Case } from "./case";
import type { ProofFault } from "./faults";
import type { Operation } from "./operations";
import { RefusedError } from "./run";

/** Timeout of every operation: long enough for a pause requested by a platform, short enough for a thousand cases. */
const TIMEOUT = "12s";
/** Milliseconds after which a run counts as hung: its timeout and that of the last request. */
const HUNG = 30_000;

/** The result of a case: a retry that the user does not see, or an error of this kind and then a re-run. */
export type Outcome = "succeeded" | string;

/** The distinct calls of an operation, in order. */
export async function callsOf(platform: WiredPlatform, operation: Operation): Promise<string[]> {
  const own = await Case.open(platform, operation, { timeout: TIMEOUT });
  try {
    platform.wire.calls.length = 0;
    await own.whole();
    const calls = new Set(platform.wire.calls.map((call) => platform.callOf(call)));
    await own.prove();
    return [...calls];
  } finally {
    await own.close();
  }
}

/**
 * Runs the operation once while a call fails, and then again.
 * @throws AssertionError unless it succeeded after a safe retry, or ended in a clear error that a plain re-run resolves
 */
export async function runFaultCase(
  platform: WiredPlatform,
  operation: Operation,
  call: string,
  fault: ProofFault,
): Promise<Outcome> {
  const own = await Case.open(platform, operation, { timeout: TIMEOUT });
  const { wire } = platform;
  const trouble = fault.own && platform.own[fault.own];
  try {
    if (trouble) await trouble.before?.(own.given.target, call);
    begin(platform, call, fault, trouble);
    const error = await inTime(own.whole().then(() => undefined, asError));
    if (error) assertClear(error, platform);
    wire.faults.clear();
    await trouble?.after?.(own.given.target);
    await wire.comeBack();
    await platform.idle(own.given.target);
    if (error) await inTime(own.whole());
    await own.prove();
    return error === undefined ? "succeeded" : kindOf(error);
  } finally {
    wire.faults.clear();
    await own.close();
  }
}

/** Injects the fault when the call comes. */
function begin(platform: WiredPlatform, call: string, fault: ProofFault, trouble: Trouble | undefined): void {
  const { wire, callOf } = platform;
  if (fault.down) {
    const match = (request: SimulatedRequest) => {
      if (callOf(request) !== call) return false;
      setImmediate(() => wire.goDown());
      return true;
    };
    wire.inject({ kind: "reset-before", match });
  } else if (fault.wire) {
    const times = fault.always ? 1000 : 1;
    wire.inject({ ...fault.wire, times, match: (request) => callOf(request) === call });
  } else if (trouble?.at) {
    const { at } = trouble;
    const reply: SimulatedReply = { status: 0, body: "" };
    let over = false;
    const match = (request: SimulatedRequest) => {
      const met = !over && callOf(request) === call && at(request);
      over ||= met !== false;
      return typeof met === "object" && Object.assign(reply, met) !== undefined;
    };
    wire.inject({ kind: "answer", reply, match });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a run hung for ${HUNG / 1000} seconds`)), HUNG);
  });
  return Promise.race([work, hung]).finally(() => clearTimeout(timer));
}

function kindOf(error: Error): string {
  const cause = error instanceof PartialStateError ? error.cause : error;
  return isSnapstateError(cause) ? cause.kind : error.name;
}

/** Checks an error message: ours, about the operation, readable, without secrets. */
function assertClear(error: Error, { secrets }: WiredPlatform): void {
  const clear = isSnapstateError(error) || error instanceof PartialStateError || error instanceof RefusedError;
  assert.ok(clear, `not an error of ours: ${error.stack}`);
  assert.match(error.message, /^\w.{10}/s);
  assert.doesNotMatch(error.message, /undefined|\[object|NaN|TypeError|is not a function|Cannot read/);
  assert.ok(error.message.length < 4000, `a message of ${error.message.length} characters`);
  for (const secret of secrets) assert.ok(!error.message.includes(secret), "a secret is in the message");
}
