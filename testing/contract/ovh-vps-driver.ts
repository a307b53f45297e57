import { accessOf } from "../../provider/hypervisors/ovh-vps/configuration";
import { OvhVpsHypervisor } from "../../provider/hypervisors/ovh-vps/driver";
import { ovhVpsSettings } from "../../provider/hypervisors/ovh-vps/settings";

/** For tests: a driver that looks often, and reads neither this machine's environment nor its files. */
export function testDriver(
  connection: { platform: string; endpoint: string },
  change: Record<string, unknown> = {},
): OvhVpsHypervisor {
  const { platform: _, ...given } = connection;
  const settings = ovhVpsSettings.parse({ pollSeconds: 0.01, ...given, ...change });
  return new OvhVpsHypervisor(settings, accessOf(settings, { environment: {}, files: [] }));
}
