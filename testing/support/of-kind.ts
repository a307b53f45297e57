import assert from "node:assert/strict";
import { type ErrorKind, isSnapstateError } from "../../provider/core/errors";

/** For `assert.rejects`: an error of this kind, whose message matches. */
export function kind(expected: ErrorKind, text?: RegExp) {
  return (error: unknown): true => {
    assert.ok(isSnapstateError(error, expected), String(error));
    if (text) assert.match(error.message, text);
    return true;
  };
}
