import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Drive } from "../bench/drive";
import { ProviderProcess } from "../bench/provider-process";
import { simulated } from "./index";

const COUNT = 20;
const PARALLEL = 10;

/** Maximum calls of a create among many, without the session's; vSphere's are in its `budget.test.ts`. */
const LIMITS: Record<string, number> = {
  "CloudStack, volume snapshots": 6,
  "CloudStack, VM snapshots": 5.5,
  "CloudMC, volume snapshots": 7,
  "CloudMC, recovery points": 7.5,
  "OVHcloud VPS": 13,
  "Proxmox VE, virtual machines": 9,
  "Proxmox VE, containers": 9,
};

describe("calls of a create", () => {
  for (const [title, open] of simulated) {
    it(`are few: ${title}`, async (t: TestContext) => {
      const platform = await open();
      if (typeof platform === "string") return t.skip(platform);
      const { kind, wire, connection } = platform;
      const provider = await ProviderProcess.start({
        ...connection,
        ...("pollInterval" in connection ? { pollInterval: "200ms" } : {}),
      });
      try {
        const declared = [];
        for (let n = 0; n < COUNT; n++) {
          const { id, name } = await platform.newTarget();
          const args = { target: { id }, name: "few" };
          declared.push({ name, args: kind === "snapshot" ? args : { ...args, consistency: "crash" } });
        }
        wire.calls.splice(0);
        const type = `snapstate:index:${kind === "snapshot" ? "Snapshot" : "RecoveryPoint"}`;
        await new Drive(provider, type, PARALLEL).create(declared);
        const calls = wire.calls.splice(0).length / COUNT;
        t.diagnostic(`${calls} calls`);
        assert.ok(calls <= (LIMITS[title] ?? 0), `${calls} calls of a create`);
      } finally {
        await provider.stop();
        await platform.close();
      }
    });
  }
});
