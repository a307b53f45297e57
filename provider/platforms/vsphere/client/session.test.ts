import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import { testCall } from "../../../../testing/contract/call";
import { type Certificate, Certificates } from "../../../../testing/contract/certificates";
import { httpAnswer } from "../../../../testing/contract/raw-server";
import {
  type Answer,
  COOKIE,
  type ScriptedVcenter,
  scriptedVcenter,
} from "../../../../testing/contract/scripted-vcenter";
import { TestClock } from "../../../../testing/support/test-clock";
import { type ErrorKind, isSnapstateError, type SnapstateError } from "../../../core/errors";
import { vsphereSettings } from "../settings";
import { VimFaultError } from "./fault";
import { consolidateVMDisks, findByInventoryPath } from "./requests";
import { Session } from "./session";

const PASSWORD = "pa<ss>&word";
const READ = "FindByInventoryPath";
const WRITE = "ConsolidateVMDisks_Task";
const http = (status: number, headers: Record<string, string> = {}): Answer => ({
  http: httpAnswer("<html>no</html>", { status, headers }),
});

describe("a vSphere session", () => {
  let certificates: Certificates;
  let certificate: Certificate;
  let server: ScriptedVcenter;
  let session: Session;

  before(async () => {
    for (const name of ["HTTPS_PROXY", "https_proxy"]) delete process.env[name];
    certificates = new Certificates();
    certificate = await certificates.make();
  });
  beforeEach(async () => {
    server = await scriptedVcenter(certificate);
    session = open();
  });
  afterEach(async () => {
    await session.close();
    await server.close();
  });
  after(() => certificates.remove());

  function open(): Session {
    const { fingerprint } = certificate;
    const endpoint = `127.0.0.1:${server.port}`;
    return new Session(
      vsphereSettings.parse({
        endpoint,
        username: "the-user",
        password: PASSWORD,
        fingerprint,
        requestTimeout: "5s",
      }),
    );
  }

  const read = (call = testCall()) => session.read(({ searchIndex }) => findByInventoryPath(searchIndex, "x"), call);
  const write = (call = testCall()) => session.write(() => consolidateVMDisks("vm-1"), call);
  const count = (method: string) => server.calls.filter((call) => call.method === method).length;

  async function failure(work: Promise<unknown>, kind: ErrorKind): Promise<SnapstateError> {
    const error = await work.then(
      () => assert.fail("it did not fail"),
      (thrown: unknown) => thrown,
    );
    assert.ok(isSnapstateError(error), inspect(error));
    assert.equal(error.kind, kind, error.message);
    for (const shown of [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), error.stack ?? ""]) {
      assert.doesNotMatch(shown, /pa<ss>&word|pa&lt;ss|the-cookie|<userName>/);
    }
    return error;
  }

  it("logs in once, however many calls start together, and keeps the cookie's quotes", async () => {
    await Promise.all([read(), write(), read(), session.content(testCall())]);
    assert.deepEqual([count("RetrieveServiceContent"), count("Login")], [1, 1]);
    for (const { method, cookie } of server.calls) {
      const expected = ["RetrieveServiceContent", "Login"].includes(method) ? undefined : COOKIE;
      assert.equal(cookie, expected, method);
    }
  });

  it("logs out when closed, and not when it never logged in", async () => {
    await open().close();
    assert.equal(server.calls.length, 0);
    await read();
    await session.close();
    assert.deepEqual(server.calls.at(-1), { method: "Logout", cookie: COOKIE });
  });

  it("logs in again, once, for all calls that meet the end of the session", async () => {
    await read();
    server.next.set(READ, [
      { fault: "NotAuthenticated" },
      { fault: "NotAuthenticated" },
      { fault: "NotAuthenticated" },
    ]);
    server.next.set(WRITE, [{ fault: "NotAuthenticated" }]);
    await Promise.all([read(), read(), read(), write()]);
    assert.equal(count("Login"), 2);
    assert.equal(count(WRITE), 2);
  });

  it("gives up when a new session is refused as well", async () => {
    server.next.set(WRITE, [{ fault: "NotAuthenticated" }, { fault: "NotAuthenticated" }, { body: "" }]);
    await assert.rejects(write(), (error) => error instanceof VimFaultError && error.fault.type === "NotAuthenticated");
    assert.equal(count(WRITE), 2);
  });

  it("tries a refused login once, so that no account is locked", async () => {
    server.next.set("Login", [{ fault: "InvalidLogin" }]);
    const error = await failure(read(), "auth");
    assert.match(error.message, /the-user/);
    await Promise.all([failure(read(), "auth"), failure(write(testCall({ operation: "do another thing" })), "auth")]);
    assert.equal(count("Login"), 1);
  });

  it("tries again to open after the server failed", async () => {
    server.next.set("RetrieveServiceContent", [{ drop: true }]);
    const error = await failure(write(), "unreachable");
    assert.doesNotMatch(error.message, /may/);
    assert.equal(count(WRITE), 0, "nothing was sent");
    await write();
  });

  it("does not let the cancel of the first caller end the login of the others", async () => {
    const first = testCall();
    const opening = [failure(session.content(first), "cancelled"), session.content(testCall())];
    first.abort.abort();
    await Promise.all(opening);
    assert.equal(count("Login"), 1);
  });

  for (const [name, answers] of [
    ["a 503", [http(503), http(503)]],
    ["a 429", [http(429)]],
    ["a 500 without XML", [{ http: "HTTP/1.1 500 x\r\nContent-Length: 4\r\n\r\noops" }]],
    ["a lost reply", [{ drop: true }]],
  ] as [string, Answer[]][]) {
    it(`repeats a read after ${name}, and never a write`, async () => {
      server.next.set(READ, [...answers]);
      await read();
      assert.equal(count(READ), answers.length + 1);
      server.next.set(WRITE, [...answers]);
      await failure(write(), name === "a 429" ? "throttled" : "lost-reply");
      assert.equal(count(WRITE), 1);
    });
  }

  it("does not log in again once it was closed", async () => {
    await read();
    await session.close();
    await failure(read(), "cancelled");
    assert.equal(count("Login"), 1);
    session = open();
  });

  it("keeps to Retry-After", async () => {
    server.next.set(READ, [http(503, { "Retry-After": "1" })]);
    const clock = new TestClock();
    await read(testCall({ clock }));
    assert.equal(clock.now(), 1000);
  });

  it("does not wait for a Retry-After beyond the deadline", async () => {
    server.next.set(READ, [http(503, { "Retry-After": "3600" })]);
    await failure(read(), "unreachable");
    assert.equal(count(READ), 1);
  });

  it("gives up a read after four tries, and says that nothing was changed", async () => {
    server.next.set(READ, Array(9).fill({ drop: true }));
    assert.match((await failure(read(), "unreachable")).message, /Nothing was changed/);
    assert.equal(count(READ), 4);
  });

  it("understands garbage as no answer to a read, and as a lost one to a write", async () => {
    const garbage: Answer = { http: httpAnswer("<html>Welcome to the hotel's network</html>") };
    server.next.set(READ, [garbage]);
    await failure(read(), "protocol");
    server.next.set(WRITE, [garbage]);
    await failure(write(), "lost-reply");
    assert.equal(count(WRITE), 1);
  });

  it("takes a 404 for a wrong endpoint", async () => {
    server.next.set(WRITE, [http(404)]);
    assert.match((await failure(write(), "protocol")).message, /Is the endpoint a vCenter's \/sdk\?/);
    server.next.set(READ, [http(403)]);
    await failure(read(), "permission");
  });

  it("refuses a server that does not say what it is", async () => {
    server.next.set("RetrieveServiceContent", [{ body: "<RetrieveServiceContentResponse/>" }]);
    await failure(read(), "protocol");
  });

  it("sends nothing when the call is over", async () => {
    const over = testCall();
    await read();
    over.abort.abort();
    await failure(write(over), "cancelled");
    await failure(write(testCall({ milliseconds: 0 })), "timeout");
    assert.equal(count(WRITE), 0);
  });
});
