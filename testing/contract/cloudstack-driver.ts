import { CloudStackHypervisor } from "../../provider/hypervisors/cloudstack/driver";
import { cloudstackSettings } from "../../provider/hypervisors/cloudstack/settings";
import type { CloudStackSimulator } from "../simulators/cloudstack";

/** A driver for the simulator, with the first account's keys. */
export function cloudstackDriver(
  cloud: CloudStackSimulator,
  settings: Record<string, unknown> = {},
): CloudStackHypervisor {
  const { endpoint, apiKey, secretKey } = cloud;
  return new CloudStackHypervisor(cloudstackSettings.parse({ endpoint, apiKey, secretKey, ...settings }));
}

/** The commands that the simulator was sent since the last time, in their order. */
export function commandsOf(cloud: CloudStackSimulator): string[] {
  return cloud.calls.splice(0).map(({ body }) => new URLSearchParams(body).get("command") ?? "");
}
