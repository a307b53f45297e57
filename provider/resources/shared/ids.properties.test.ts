import assert from "node:assert/strict";
import { describe } from "node:test";
import fc from "fast-check";
import { property, textOf, valueOrRefusal } from "../../../testing/fuzz/properties";
import { isWellFormed } from "../../core/errors";
import { encode } from "../../platforms/cloudstack/client/signing";
import { path } from "../../platforms/ovh-vps/client/api";
import { parseId, printId } from "./ids";

const text = textOf("/", "%2f", "%", "~", "%ed%a0%80", "a");
const part = text.filter((one) => one !== "");

describe("ids, for any text", () => {
  property("ids: come back as they went in, and half a character is refused", fc.tuple(part, part, part), (parts) => {
    const [connection, target, snapshot] = parts;
    const printed = valueOrRefusal(() => printId({ connection, target, snapshot }));
    assert.equal("value" in printed, parts.every(isWellFormed));
    if ("value" in printed) assert.deepEqual(parseId(printed.value), { connection, target, snapshot });
    else assert.ok(printed.error.hint);
  });

  property("ids: any text is an id that can be printed again, or is refused with an example", text, (given) => {
    const parsed = valueOrRefusal(() => parseId(given));
    if ("value" in parsed) assert.deepEqual(parseId(printId(parsed.value)), parsed.value);
    else assert.match(parsed.error.hint ?? "", /For example/);
  });

  property("requests: any text is written into a URL or is refused", text, (given) => {
    for (const write of [() => path`/vps/${given}/snapshot`, () => encode(given)]) {
      const written = valueOrRefusal(write);
      assert.equal("value" in written, isWellFormed(given));
      if ("value" in written) assert.match(written.value, /^[\x21-\x7e]*$/);
    }
  });
});
