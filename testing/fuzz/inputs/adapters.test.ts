import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { after, before, describe, it } from "node:test";
import { tokenOf } from "../../../provider/adapters/plugin/tokens";
import type { CheckFailure, Values } from "../../../provider/resources";
import { pluginBench } from "../../plugin/bench";
import type { Properties } from "../../support/protocol";
import { RAW } from "../outcomes";
import { recordFuzzed } from "../published";
import { type BadInput, badInputs } from "./bad-inputs";

const JARGON = /Invalid (input|option|string|type)|Too (small|big)|Unrecognized|received|zod|schema|NaN expected/i;

/** The input is refused on this property, with one sentence that states the problem. */
function judge({ type, what, property }: BadInput, failures: CheckFailure[]): void {
  const about = `${type}, ${what}: ${JSON.stringify(failures)}`;
  assert.ok(failures.length > 0, about);
  const own = failures.filter(
    (failure) => failure.property === property || /^[.[]/.test(failure.property.slice(property.length)),
  );
  assert.ok(
    own.some((failure) => failure.property.startsWith(property)),
    about,
  );
  for (const { property: path, reason } of failures) {
    assert.doesNotMatch(reason, RAW, about);
    assert.doesNotMatch(reason, JARGON, about);
    assert.doesNotMatch(`${path}${reason}`.replace(/\t/g, ""), /\n/, about);
    assert.ok(reason.trim().length >= 8 && reason.length <= 400, about);
  }
}

/** Checks every bad input, and that no request was sent and no prototype was changed. */
async function refused(
  check: (bad: BadInput) => Promise<CheckFailure[]>,
  carried: (bad: BadInput) => boolean = () => true,
): Promise<number> {
  const all = badInputs().filter(carried);
  assert.ok(all.length >= 200);
  for (const bad of all) judge(bad, await check(bad));
  assert.equal(({} as Values).target, undefined);
  return all.length;
}

describe("the dynamic adapter", () => {
  let server: Server;
  let connections = 0;
  const before_ = process.env.SNAPSTATE_CONNECTIONS;
  before(async () => {
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    server.close();
    if (before_ === undefined) delete process.env.SNAPSTATE_CONNECTIONS;
    else process.env.SNAPSTATE_CONNECTIONS = before_;
  });

  it("refuses bad inputs in plain words, before anything is asked", async (t) => {
    const { port } = server.address() as { port: number };
    const lab = {
      platform: "vsphere",
      endpoint: `127.0.0.1:${port}`,
      user: "u",
      password: "pass-word",
      insecure: true,
    };
    process.env.SNAPSTATE_CONNECTIONS = JSON.stringify({ default: lab });
    const { handlers } = await import("../../../provider/adapters/dynamic");
    const cases = await refused(async ({ type, inputs }) => {
      const { failures = [] } = await handlers[type].check({}, inputs);
      return failures;
    });
    assert.equal(connections, 0);
    recordFuzzed(t, { of: "inputs", subject: "dynamic, `check`", cases });
  });
});

describe("the plugin adapter", () => {
  const bench = pluginBench();

  it("refuses bad inputs in plain words over gRPC, before anything is asked", async (t) => {
    // On this wire half a surrogate pair becomes another character, protobuf's map drops the key __proto__, and
    // undefined is not sent.
    const carried = ({ inputs }: BadInput) => !/\\ud800|"__proto__":/.test(JSON.stringify(inputs));
    const cases = await refused(async ({ type, inputs }) => {
      const sent = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
      const { failures } = await bench.client.about(tokenOf(type)).check(sent as Properties);
      return failures;
    }, carried);
    assert.deepEqual(bench.driver.calls, []);
    recordFuzzed(t, { of: "inputs", subject: "plugin, `Check`", cases });
  });
});
