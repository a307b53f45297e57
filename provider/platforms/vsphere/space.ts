import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import { VimFaultError } from "./client/fault";
import type { Reader } from "./client/reader";
import { estimateConsolidation } from "./client/requests";
import type { Session } from "./client/session";
import { refId, type TaskWaiter } from "./client/tasks";
import { element, list, text, type XmlValue } from "./client/xml";

/**
 * The temporary space a consolidation needs (EstimateStorageForConsolidateSnapshots_Task) and the free space of the
 * VM's fullest datastore. Undefined if the server lacks the call or cannot estimate.
 */
export async function consolidationSpace(
  vmId: string,
  session: Session,
  reader: Reader,
  tasks: TaskWaiter,
  call: OperationContext,
): Promise<{ neededBytes: number; freeBytes: number } | undefined> {
  const taskId = await begin(vmId, session, call);
  if (taskId === undefined) return undefined;
  const estimates = await estimated(taskId, tasks, call);
  const { object: vm } = await reader.read({ type: "VirtualMachine", id: vmId }, ["datastore", "layoutEx.file"], call);
  const ids = list(element(vm?.properties.datastore)?.ManagedObjectReference).map((value) => refId(value) ?? "");
  const stores = await Promise.all(
    ids.map(async (id) => {
      const { object } = await reader.read({ type: "Datastore", id }, ["summary.freeSpace"], call);
      const freeBytes = Number(text(object?.properties["summary.freeSpace"]) ?? Number.NaN);
      // Without an estimate, the size of the delta disks is the upper bound.
      return {
        freeBytes,
        neededBytes: estimates?.get(id) ?? (estimates ? 0 : deltaBytes(vm?.properties["layoutEx.file"])),
      };
    }),
  );
  const margin = (store: { freeBytes: number; neededBytes: number }) => store.freeBytes - store.neededBytes;
  return stores.filter(({ freeBytes }) => freeBytes >= 0).sort((a, b) => margin(a) - margin(b))[0];
}

/** Bytes by datastore, from the task's result; undefined when the server did not estimate. */
async function estimated(
  taskId: string,
  tasks: TaskWaiter,
  call: OperationContext,
): Promise<Map<string, number> | undefined> {
  try {
    const end = await tasks.wait(taskId, "estimate consolidation", call);
    const found = end.ok ? list(element(end.result)?.StorageRequirement).map(element) : [];
    if (found.length === 0) return undefined;
    return new Map(
      found.map((one) => [refId(one?.datastore) ?? "", Number(text(one?.freeSpaceRequiredInKb) ?? 0) * 1024]),
    );
  } catch (error) {
    if (!isSnapstateError(error, "lost-reply")) throw error;
    return undefined;
  }
}

function deltaBytes(files: XmlValue): number {
  return list(element(files)?.VirtualMachineFileLayoutExFileInfo)
    .map(element)
    .filter((file) => /-\d{6}(-delta|-sesparse)?\.vmdk$/.test(text(file?.name) ?? ""))
    .reduce((sum, file) => sum + Number(text(file?.size) ?? 0), 0);
}

async function begin(vmId: string, session: Session, call: OperationContext): Promise<string | undefined> {
  try {
    const body = await session.read(() => estimateConsolidation(vmId), call);
    return refId(element(body.EstimateStorageForConsolidateSnapshots_TaskResponse)?.returnval);
  } catch (error) {
    if (error instanceof VimFaultError && ["MethodNotFound", "NotSupported"].includes(error.fault.type))
      return undefined;
    throw error;
  }
}
