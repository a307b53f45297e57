import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { throwIfAborted } from "../core/operation";
import type { Driver } from "../platforms/contract";
import { AdapterSession } from "./session";

describe("signing in before the first call", () => {
  /** A session whose drivers note what they sign in to. */
  function session(installation: Driver["installation"] = async () => "one") {
    const asked: string[] = [];
    const get = (name: string) =>
      ({
        installation: (call) => {
          asked.push(name);
          return installation(call);
        },
      }) as Driver;
    return { asked, session: new AdapterSession({ get, close: async () => {} }, () => {}) };
  }

  it("uses the only connection, and none of several", async () => {
    const one = session();
    one.session.signIn(["vcenter"]);
    await one.session.end();
    assert.deepEqual(one.asked, ["vcenter"]);
    const many = session();
    many.session.signIn(["vcenter", "lab"]);
    many.session.signIn([]);
    await many.session.end();
    assert.deepEqual(many.asked, []);
  });

  it("leaves a failure to the call that needs the connection", async () => {
    const { asked, session: own } = session(async () => assert.fail("refused"));
    own.signIn(["vcenter"]);
    await own.end();
    assert.deepEqual(asked, ["vcenter"]);
  });

  it("ends with the session", async () => {
    const { session: own } = session(async (call) => {
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      throwIfAborted(call);
      return assert.fail("it went on");
    });
    own.signIn(["vcenter"]);
    await own.end();
  });
});
