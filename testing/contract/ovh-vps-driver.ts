import type { PointKind } from "../../provider/hypervisors/contract";
import { accessOf } from "../../provider/hypervisors/ovh-vps/configuration";
import { OvhVpsHypervisor } from "../../provider/hypervisors/ovh-vps/driver";
import { ovhVpsSettings } from "../../provider/hypervisors/ovh-vps/settings";
import { OvhVpsSimulator, type OvhVpsSimulatorOptions, type SimulatedVps } from "../simulators/ovh-vps";
import { testCall } from "./call";

/** For tests: a driver that looks often, and reads neither this machine's environment nor its files. */
export function testDriver(
  connection: { platform: string; endpoint: string },
  change: Record<string, unknown> = {},
): OvhVpsHypervisor {
  const { platform: _, ...given } = connection;
  const settings = ovhVpsSettings.parse({ pollSeconds: 0.01, ...given, ...change });
  return new OvhVpsHypervisor(settings, accessOf(settings, { environment: {}, files: [] }));
}

/** What {@link OvhVpsBench} takes a snapshot with. */
export const OVH_OWNERSHIP = { marker: "m7".repeat(13) };

/** A simulator and a driver over it, both new for each test. */
export class OvhVpsBench {
  simulator!: OvhVpsSimulator;
  driver!: OvhVpsHypervisor;

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
    return this.driver.createPoint("snapshot", vps.serviceName, spec, call);
  };

  readonly look = (vps: SimulatedVps, readiness = false, kind: PointKind = "snapshot") =>
    this.driver.inspect(kind, vps.serviceName, testCall(), { readiness });

  readonly ref = (vps: SimulatedVps, pointId: string) => ({ targetId: vps.serviceName, pointId });

  /** How many changes went to a path that ends so. */
  readonly sent = (end: string) =>
    this.simulator.calls.filter(({ path, method }) => method !== "GET" && path.endsWith(end)).length;
}
