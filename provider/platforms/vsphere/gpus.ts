import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import { VimFaultError } from "./client/fault";
import type { Reader } from "./client/reader";
import { element, list, text } from "./client/xml";
import type { GpuAbility } from "./readiness";

/**
 * What a host supports for each vGPU profile; undefined if the user may not read it or the host lacks the property.
 * Then only a create can show it.
 */
export async function sharedGpus(
  hostId: string,
  reader: Reader,
  call: OperationContext,
): Promise<ReadonlyMap<string, GpuAbility> | undefined> {
  const path = "config.sharedGpuCapabilities";
  try {
    const { object } = await reader.read({ type: "HostSystem", id: hostId }, [path], call);
    const capabilities = list(element(object?.properties[path])?.HostSharedGpuCapabilities).map(element);
    const yes = (flag: string | undefined) => flag === "true";
    return new Map(
      capabilities.map((one) => [
        text(one?.vgpu) ?? "",
        {
          diskSnapshots: yes(text(one?.diskSnapshotSupported)),
          memorySnapshots: yes(text(one?.memorySnapshotSupported)),
        },
      ]),
    );
  } catch (error) {
    if (error instanceof VimFaultError || isSnapstateError(error, "protocol")) return undefined;
    throw error;
  }
}
