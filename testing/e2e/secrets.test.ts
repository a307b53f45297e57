import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Certificates } from "../contract/certificates";
import { leaksIn } from "../secrets/canary";
import { type Planted, plantEverywhere } from "../secrets/platforms";
import { WatchedRun } from "../secrets/run";
import { CliStack, type Declared, type Outcome } from "./stack";

/*
 * Plants canaries in every credential of every platform, runs stacks through their whole life and through every kind of
 * failure at the highest verbosity, and searches everything for them. QEMU has no credentials.
 */
describe("no secret is in any state, log, error, crash dump or command line", () => {
  const certificates = new Certificates();
  let planted: Planted | string;

  before(async () => {
    planted = await plantEverywhere(certificates);
  });
  after(async () => {
    if (typeof planted !== "string") await planted?.close();
    certificates.remove();
  });

  for (const [adapter, from] of [
    ["dynamic", "the stack's configuration"],
    ["plugin", "the environment"],
  ] as const) {
    it(`over the ${adapter} adapter, with credentials from ${from}`, async (t) => {
      if (typeof planted === "string") return t.skip(planted);
      const platforms = planted;
      const connections = JSON.stringify(platforms.connections);
      const configured = from === "the stack's configuration";
      const snapshots = (args: object = {}, only = Object.keys(platforms.connections)) =>
        only.map((connection) => ({
          kind: "Snapshot" as const,
          name: connection,
          args: { connection, target: platforms.targets[connection], ...(connection === "panel" ? {} : args) },
        }));
      const run = new WatchedRun();
      const environment = { ...run.environment, ...(configured ? {} : { SNAPSTATE_CONNECTIONS: connections }) };
      const stack = new CliStack(configured ? platforms.connections : {}, { adapter, environment });
      const operate = async (operation: "up" | "refresh" | "destroy", resources: Declared[] = []) => {
        if (operation === "up") stack.declare(...resources);
        const outcome = await stack[operation]({ continueOnError: operation !== "refresh" });
        run.note("what the CLI shows", [outcome.error, ...outcome.messages, outcome.output].join("\n"));
        run.note(`the state after ${operation}`, stack.stateText());
        return outcome;
      };
      try {
        const steps: [string, boolean, () => Promise<Outcome>][] = [
          ["create", true, () => operate("up", snapshots())],
          ["update", true, () => operate("up", snapshots({ description: "words" }))],
          ["refresh", true, () => operate("refresh")],
        ];
        for (const [name, ok, step] of steps) {
          const result = await step();
          assert.equal(result.ok, ok, `${name}: ${JSON.stringify(result)}`);
        }
        for (const how of ["auth", "refused", "garbage"] as const) {
          platforms.repeatEverything(how);
          assert.equal((await operate("refresh")).ok, false, how);
          platforms.behave();
        }
        platforms.repeatEverything("refused", true);
        assert.equal((await operate("up", snapshots({ description: "words", triggers: ["2"] }))).ok, false);
        platforms.behave();
        await platforms.goDown();
        assert.equal((await operate("refresh")).ok, false);
        await platforms.comeBack();
        const ended = await operate("destroy");
        assert.equal(ended.ok, true, JSON.stringify(ended));

        run.noteFiles("the stack's folder", join(stack.folder, ".pulumi"));
        run.noteFiles("the CLI's log", join(stack.folder, "home", "logs"));
        run.noteFiles("the project", join(stack.folder, "project"));
        const everything = run.everything();
        const canaries = platforms.canaries();
        for (const of of ["vSphere session", "OVHcloud token", "Proxmox VE ticket"])
          assert.ok(
            canaries.some((one) => one.of === of),
            of,
          );
        const found = [...everything].flatMap(([place, text]) =>
          leaksIn(text, canaries).map((of) => `${of}: ${place}`),
        );
        assert.deepEqual(found, []);
        assertWhole(everything, adapter);
      } finally {
        platforms.behave();
        await platforms.comeBack();
        run.remove();
        stack.remove();
      }
    });
  }
});

/** The search covers what it is meant to cover. */
function assertWhole(everything: Map<string, string>, adapter: string): void {
  const all = (place: RegExp) =>
    [...everything]
      .filter(([name]) => place.test(name))
      .map(([, text]) => text)
      .join("\n");
  assert.match(all(/^the state/), adapter === "dynamic" ? /snapstate\/dynamic/ : /snapstate:index:Snapshot/);
  assert.match(all(/^what the CLI shows/), /\[secret\]/, "a server's words with a secret in them were shown");
  assert.match(all(/^command lines/), adapter === "dynamic" ? /dynamic-provider/ : /pulumi-resource-snapstate/);
  assert.match(all(/\.report$/), /as in a crash/);
  assert.match(all(/\.stderr$/), /HTTP|TLS/, "the processes were verbose");
}
