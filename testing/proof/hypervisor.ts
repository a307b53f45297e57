import assert from "node:assert/strict";
import { isSnapstateError } from "../../provider/core/errors";
import { PartialStateError } from "../../provider/resources";
import type { RunningPlatform, WiredPlatform } from "../platforms/harness";
import { Case } from "./case";
import type { Operation } from "./operations";
import { RefusedError } from "./run";

/** When the platform dies at a request: before it is processed, or after it was carried out and before the reply. */
export type Moment = "before a request" | "before a reply";

/** Timeout of every operation. */
const TIMEOUT = "8s";

/** Number of requests of an undisturbed run. */
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
 * Kills the API at a request, with all connections, and restarts it after the run.
 * @throws AssertionError unless a plain re-run resolves everything
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
    // The number of polls varies, so another run may not send the last requests.
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

/** Kills the hypervisor's process with SIGKILL at a kill point of the run, and restarts the VM after the run. */
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
