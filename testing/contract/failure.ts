import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type ErrorKind, isSnapstateError, type SnapstateError } from "../../provider/core/errors";

/** Returns the error that a promise rejects with. */
export async function failure(work: Promise<unknown>, ...kinds: ErrorKind[]): Promise<SnapstateError> {
  const error = await work.then(
    (value) => assert.fail(`it did not fail but answered ${inspect(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(isSnapstateError(error), inspect(error));
  assert.ok(kinds.includes(error.kind), error.message);
  return error;
}
