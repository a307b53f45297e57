import assert from "node:assert/strict";
import { isSnapstateError } from "../../provider/core/errors";
import { PartialStateError } from "../../provider/resources";
import type { RunningPlatform, WiredPlatform } from "../platforms/harness";
import { Case } from "./case";
import type { Operation } from "./operations";
import { RefusedError } from "./run";

/** When the platform's side dies at a request: nobody has looked at it yet, or it was carried out and is not answered. */
export type Moment = "before a request" | "before a reply";

/** Of every operation. */
const TIMEOUT = "8s";

/** How many requests a platform gets in one undisturbed run. */
export async function requestsOf(platform: WiredPlatform, operation: Operation): Promise<number> {
  const own = await Case.open(platform, operation);
  try {
    platform.wire.calls.length = 0;
    await own.whole();
    return platform.wire.calls.length;
  } finally {
    await own.close();
  }
}

/**
 * Ends the API's process at a request, with every connection, and starts it again when the run is over.
 * @throws AssertionError unless a plain re-run puts everything right
 */
export async function endApi(platform: WiredPlatform, operation: Operation, at: number, moment: Moment): Promise<void> {
  const own = await Case.open(platform, operation, { timeout: TIMEOUT });
  const { wire } = platform;
  const die = platform.die ?? (() => wire.goDown());
  let count = 0;
  const isIt = () => ++count === at;
  let died = false;
  const end = (body: string) => {
    died = true;
    void die();
    return body;
  };
  try {
    if (moment === "before a reply") wire.inject({ kind: "changed", match: isIt, change: end });
    else wire.inject({ kind: "reset-before", match: () => isIt() && end("") === "" });
    const error = await own.whole().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assertOurs(error);
    wire.faults.clear();
    // Polls differ from run to run, so that the last requests of one may not come in another.
    if (died) await (platform.revive ?? (() => wire.comeBack()))();
    await platform.idle(own.given.target);
    const { repair } = platform;
    await own.whole().catch((refusal: unknown) => {
      if (repair === undefined || !String(refusal).includes("administrator")) throw refusal;
      repair(own.given.target);
      return own.whole();
    });
    await own.prove();
  } finally {
    wire.faults.clear();
    await wire.comeBack();
    await own.close();
  }
}

/** Ends the hypervisor's own process by SIGKILL at a boundary of the run, and starts the VM again when the run is over. */
export async function endProcess(
  platform: RunningPlatform,
  operation: Operation,
  killAt: number,
  { pid, start }: NonNullable<RunningPlatform["process"]>,
): Promise<void> {
  const own = await Case.open(platform, operation, { timeout: TIMEOUT });
  try {
    const { target } = own.given;
    const report = await own.run(killAt, pid(target));
    assert.ok(report !== "killed");
    if (report.error !== undefined) assert.match(report.error, /^\w.{20}/s);
    await start(target);
    await platform.idle(target);
    await own.whole();
    const { request } = platform.disks ?? {};
    const sent = report.killPoints.slice(0, killAt).filter((what) => what.startsWith("after a request"));
    await own.prove(request === undefined || sent.some((what) => what.endsWith(request)));
  } finally {
    await own.close();
  }
}

function assertOurs(error: unknown): void {
  const known = [PartialStateError, RefusedError].some((own) => error instanceof own);
  if (error === undefined || isSnapstateError(error) || known) return;
  assert.fail(`not an error of ours: ${error instanceof Error ? error.stack : error}`);
}
