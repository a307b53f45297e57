import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import type { OperationContext } from "../../../provider/core/operation";
import type { CreatedSnapshot, CreateSpec, TargetState } from "../../../provider/platforms/contract";
import { ProxmoxDriver } from "../../../provider/platforms/proxmox/driver";
import { proxmoxSettings } from "../../../provider/platforms/proxmox/settings";
import { testCall } from "../../contract/call";
import { type ProxmoxPlatform, proxmox } from "../../platforms/proxmox";

export const KIND = "snapshot";

/** Fixture of a driver test: a driver of its own, and short forms of its calls. */
export interface Tools {
  driver(): ProxmoxDriver;
  /** A driver as in a new process. */
  reopen(settings?: object): Promise<void>;
  driverOf(settings?: object): ProxmoxDriver;
  inspect(id: string, readiness?: boolean): Promise<TargetState>;
  create(id: string, change?: Partial<CreateSpec>, call?: OperationContext): Promise<CreatedSnapshot>;
  remove(targetId: string, snapshotId: string): Promise<void>;
}

type Rule = (title: string, run: (platform: ProxmoxPlatform) => Promise<void>) => void;

/** Registers driver tests for virtual machines of one platform. */
export function describeDriver(title: string, rules: (rule: Rule, tools: Tools) => void): void {
  describe(title, () => {
    let platform: ProxmoxPlatform | undefined;
    let missing = "";
    let driver: ProxmoxDriver;

    before(async () => {
      const started = await proxmox(KIND);
      if (typeof started === "string") missing = started;
      else platform = started;
    });
    after(() => platform?.close());
    beforeEach(() => {
      if (platform !== undefined) driver = driverOf();
    });

    const driverOf = (more: object = {}) => {
      assert.ok(platform);
      const { platform: _, ...settings } = platform.connection;
      return new ProxmoxDriver(proxmoxSettings.parse({ ...settings, ...more }));
    };
    const rule: Rule = (what, run) =>
      it(what, async (t: TestContext) => {
        if (platform === undefined) return t.skip(missing);
        try {
          await run(platform);
        } finally {
          platform.simulator.faults.clear();
          platform.simulator.log = [];
          await driver.close();
        }
      });
    rules(rule, {
      driver: () => driver,
      reopen: async (settings) => {
        await driver.close();
        driver = driverOf(settings);
      },
      driverOf,
      inspect: (id, readiness = true) => driver.inspect(KIND, id, testCall(), { readiness }),
      create: (id, change = {}, call = testCall()) =>
        driver.createSnapshot(KIND, id, { name: "before", description: "", memory: false, ...change }, call),
      remove: (targetId, snapshotId) =>
        driver.removeSnapshot(KIND, { targetId, snapshotId }, { removeChildren: false, consolidate: true }, testCall()),
    });
  });
}

export function vmidOf(id: string): number {
  return Number(id.split("/")[1]);
}
