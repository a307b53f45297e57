import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signature } from "./signature";

/** Test keys that OVHcloud's own clients publish, with the signatures that they expect. */
const SECRET = "9ufkBmLaTQ9nz5yMUlg79taH0GNnzDjk";
const CONSUMER = "5mBuy6SUQcRw2ZUxg0cG68BoDKpED4KY";
const TIME = 1457018875;

describe("a signature", () => {
  for (const [method, url, body, expected] of [
    ["GET", "https://eu.api.ovh.com/1.0/auth", "", "$1$e9556054b6309771395efa467c22e627407461ad"],
    ["POST", "https://eu.api.ovh.com/1.0/auth", '{"a":"b","c":"d"}', "$1$ec2fb5c7a81f64723c77d2e5b609ae6f58a84fc1"],
    ["DELETE", "https://eu.api.ovh.com/1.0/auth", "", "$1$a1eecd00b3b02b6cf5708b84b9ff42059a950d85"],
    ["GET", "https://eu.api.ovh.com/v1/call", "", "$1$e6e7906d385eb28adcbfbe6b66c1528a42d741ad"],
  ] as const) {
    it(`of ${method} ${url} is the one that others make`, () => {
      assert.equal(signature(SECRET, CONSUMER, { method, url, body, time: TIME }), expected);
    });
  }
});
