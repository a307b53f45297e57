import type { SnapshotKind } from "../../provider/platforms/contract";
import { accessOf } from "../../provider/platforms/ovh-vps/configuration";
import { OvhVpsDriver } from "../../provider/platforms/ovh-vps/driver";
import { ovhVpsSettings } from "../../provider/platforms/ovh-vps/settings";
import { OvhVpsSimulator, type OvhVpsSimulatorOptions, type SimulatedVps } from "../simulators/ovh-vps";
import { testCall } from "./call";

/** A driver with short poll intervals that reads neither the environment nor files of this machine. */
export function testDriver(
  connection: { platform: string; endpoint: string },
  change: Record<string, unknown> = {},
): OvhVpsDriver {
  const { platform: _, ...given } = connection;
  const settings = ovhVpsSettings.parse({ pollInterval: "10ms", ...given, ...change });
  return new OvhVpsDriver(settings, accessOf(settings, { environment: {}, files: [] }));
}

/** The default snapshot of {@link OvhVpsBench}. */
export const OVH_OWNERSHIP = { marker: "m7".repeat(13) };

/** A simulator and a driver for it, new for each test. */
export class OvhVpsBench {
  simulator!: OvhVpsSimulator;
  driver!: OvhVpsDriver;

  readonly start = async (options: OvhVpsSimulatorOptions = {}, settings: object = {}): Promise<SimulatedVps> => {
    this.simulator = new OvhVpsSimulator(options);
    await this.simulator.listen();
    this.connect({ ...settings });
    return this.simulator.account.add({ displayName: "web" });
  };

  connect(settings: Record<string, unknown>): void {
    this.driver = testDriver(this.simulator.connection, settings);
  }

  async close(): Promise<void> {
    await this.driver.close();
    await this.simulator.close();
  }

  readonly take = (vps: SimulatedVps, call = testCall()) => {
    const spec = { name: "one", description: "", ownership: OVH_OWNERSHIP, memory: false };
    return this.driver.createSnapshot("snapshot", vps.serviceName, spec, call);
  };

  readonly observe = (vps: SimulatedVps, readiness = false, kind: SnapshotKind = "snapshot") =>
    this.driver.inspect(kind, vps.serviceName, testCall(), { readiness });

  readonly ref = (vps: SimulatedVps, snapshotId: string) => ({ targetId: vps.serviceName, snapshotId });

  /** Number of changing requests to paths with this suffix. */
  readonly sent = (end: string) =>
    this.simulator.calls.filter(({ path, method }) => method !== "GET" && path.endsWith(end)).length;
}
