import { isSnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import { VimFaultError } from "./client/fault";
import type { Reader } from "./client/reader";
import { estimateConsolidation } from "./client/requests";
import type { Session } from "./client/session";
import { refId, type TaskWaiter } from "./client/tasks";
import { element, list, text } from "./client/xml";

/**
 * The temporary space a consolidation needs (EstimateStorageForConsolidateSnapshots_Task) and what the VM's fullest
 * datastore has free. Undefined when the server does not know the call or cannot estimate.
 */
export async function consolidationSpace(
  vmId: string,
  session: Session,
  reader: Reader,
  tasks: TaskWaiter,
  call: Call,
): Promise<{ neededBytes: number; freeBytes: number } | undefined> {
  const taskId = await begin(vmId, session, call);
  if (taskId === undefined) return undefined;
  await tasks.wait(taskId, "estimate consolidation", call).catch((error) => {
    if (!isSnapstateError(error, "lost-reply")) throw error;
  });
  const { object: vm } = await reader.read({ type: "VirtualMachine", id: vmId }, ["datastore", "layoutEx.file"], call);
  const ids = list(element(vm?.properties.datastore)?.ManagedObjectReference).map((value) => refId(value) ?? "");
  const stores = await Promise.all(
    ids.map((id) => reader.read({ type: "Datastore", id }, ["summary.freeSpace"], call)),
  );
  const free = stores
    .map(({ object }) => Number(text(object?.properties["summary.freeSpace"]) ?? Number.NaN))
    .filter((bytes) => bytes >= 0);
  const deltas = list(element(vm?.properties["layoutEx.file"])?.VirtualMachineFileLayoutExFileInfo)
    .map(element)
    .filter((file) => /-\d{6}(-delta|-sesparse)?\.vmdk$/.test(text(file?.name) ?? ""))
    .reduce((sum, file) => sum + Number(text(file?.size) ?? 0), 0);
  // The estimate itself goes to a property that not every server fills; the delta disks are its upper bound.
  return free.length === 0 ? undefined : { neededBytes: deltas, freeBytes: Math.min(...free) };
}

async function begin(vmId: string, session: Session, call: Call): Promise<string | undefined> {
  try {
    const body = await session.read(() => estimateConsolidation(vmId), call);
    return refId(element(body.EstimateStorageForConsolidateSnapshots_TaskResponse)?.returnval);
  } catch (error) {
    if (error instanceof VimFaultError && ["MethodNotFound", "NotSupported"].includes(error.fault.type))
      return undefined;
    throw error;
  }
}
