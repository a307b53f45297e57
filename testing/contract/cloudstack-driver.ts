import { CloudStackDriver } from "../../provider/platforms/cloudstack/driver";
import { cloudstackSettings } from "../../provider/platforms/cloudstack/settings";
import type { CreateSpec, SnapshotKind, TargetSelector } from "../../provider/platforms/contract";
import { CloudStackSimulator } from "../simulators/cloudstack";
import type { VolumeRow } from "../simulators/cloudstack/records";
import { testCall } from "./call";

/** A driver for the simulator, with the first account's keys. */
export function cloudstackDriver(cloud: CloudStackSimulator, settings: Record<string, unknown> = {}): CloudStackDriver {
  const { endpoint, apiKey, secretKey } = cloud;
  return new CloudStackDriver(cloudstackSettings.parse({ endpoint, apiKey, secretKey, ...settings }));
}

/** Returns the commands that the simulator received since the last call, in order. */
export function commandsOf(cloud: CloudStackSimulator): string[] {
  return cloud.calls.splice(0).map(({ body }) => new URLSearchParams(body).get("command") ?? "");
}

/** A simulator and a driver for it, for the tests of one file. */
export class CloudStackBench {
  readonly cloud = new CloudStackSimulator({ jobTime: 10 });
  driver!: CloudStackDriver;
  private readonly open: CloudStackDriver[] = [];
  private count = 0;

  readonly start = async (): Promise<void> => {
    await this.cloud.listen();
    this.cloud.addProject({ name: "p1" });
    this.driver = this.connect({});
  };

  readonly stop = async (): Promise<void> => {
    for (const driver of this.open) await driver.close();
    await this.cloud.close();
  };

  readonly connect = (settings: Record<string, unknown>) => {
    const driver = cloudstackDriver(this.cloud, settings);
    this.open.push(driver);
    return driver;
  };

  readonly newVm = (vm: Partial<Parameters<CloudStackSimulator["addVm"]>[0]> = {}) => {
    const row = this.cloud.addVm({ name: `vm-${++this.count}`, powerState: "Stopped", ...vm });
    return { row, id: row.id, name: row.name, volume: this.cloud.volumesOf(row)[0] as VolumeRow };
  };

  readonly targetId = (kind: SnapshotKind, { id, volume }: { id: string; volume: VolumeRow }) =>
    kind === "snapshot" ? volume.id : id;

  readonly find = (kind: SnapshotKind, value: string, by: TargetSelector["by"] = "any", from = this.driver) =>
    from.findTarget(kind, { by, value }, testCall());

  readonly inspect = (kind: SnapshotKind, id: string, from = this.driver) => from.inspect(kind, id, testCall());

  readonly create = (kind: SnapshotKind, id: string, change: Partial<CreateSpec> = {}, from = this.driver) =>
    from.createSnapshot(kind, id, { name: "one", description: "", memory: false, ...change }, testCall());
}
