import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { ConnectionPool } from "../../provider/connections";
import { redact } from "../../provider/errors";
import { testCall } from "../contract/call";
import { Certificates } from "../contract/certificates";
import { leaksIn } from "./canary";
import { type Planted, plantEverywhere } from "./platforms";

/** All that is ever shown of an error, by whoever shows it. */
function shown(error: unknown): string {
  const texts: string[] = [];
  for (let one = error; one instanceof Error; one = one.cause) {
    const all = JSON.stringify(one, Object.getOwnPropertyNames(one));
    texts.push(
      one.message,
      String(one.stack),
      JSON.stringify(one),
      all,
      inspect(one, { depth: null, showHidden: true }),
    );
  }
  return texts.join("\n");
}

describe("no secret is in an error that a driver throws", () => {
  const certificates = new Certificates();
  let planted: Planted | string;

  before(async () => {
    planted = await plantEverywhere(certificates);
  });
  after(async () => {
    if (typeof planted !== "string") await planted.close();
    certificates.remove();
  });

  for (const how of ["auth", "refused", "garbage"] as const) {
    it(`by a server that repeats what it was sent: ${how}`, async (t) => {
      if (typeof planted === "string") return t.skip(planted);
      const platforms = planted;
      const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify(platforms.connections) };
      const pool = new ConnectionPool(() => ({ environment }));
      try {
        // Sessions and tokens are given out first, so that they can be repeated.
        if (how !== "auth") {
          await Promise.all(Object.keys(platforms.targets).map((name) => look(platforms, pool, name)));
        }
        platforms.repeatEverything(how);
        const errors = await Promise.all(
          Object.keys(platforms.targets).map((name) =>
            look(platforms, pool, name).then(
              () => assert.fail(`${name} understood it`),
              (error: unknown) => error,
            ),
          ),
        );
        const found = errors.flatMap((error) => leaksIn(shown(error), platforms.canaries()));
        assert.deepEqual(found, []);
        if (how === "refused") for (const error of errors) assert.match(shown(error), /\[secret\]/);
      } finally {
        platforms.behave();
        await pool.close();
      }
    });
  }

  it("as the URL of a download, which lets anybody read a disk for a day", async (t) => {
    if (typeof planted === "string") return t.skip(planted);
    const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify(planted.connections) };
    const pool = new ConnectionPool(() => ({ environment }));
    const driver = pool.get("signed");
    const call = testCall();
    try {
      const { id } = await driver.findTarget("snapshot", { by: "any", value: planted.targets.signed as string }, call);
      const spec = { name: "one", description: "", memory: false };
      const { pointId } = await driver.createPoint("snapshot", id, spec, call);
      const { url } = (await driver.downloadPoint?.({ targetId: id, pointId }, call)) ?? assert.fail("no URL");
      assert.equal(redact(`GET ${url} answered 403`), "GET [secret] answered 403");
    } finally {
      await pool.close();
    }
  });
});

function look({ targets }: Planted, pool: ConnectionPool, connection: string): Promise<unknown> {
  const target = { by: "any", value: targets[connection] as string } as const;
  // By another name each time, since look-ups are remembered.
  const driver = pool.get(connection);
  return driver
    .findTarget("snapshot", target, testCall())
    .then(({ id }) => driver.inspect("snapshot", id, testCall(), { readiness: true }));
}
