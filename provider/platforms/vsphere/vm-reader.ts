import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { InspectOptions } from "../contract";
import { VimFaultError } from "./client/fault";
import { key, type Reader } from "./client/reader";
import type { Ref } from "./client/requests";
import { type ObjectContent, retrieve } from "./client/retrieve";
import type { Session } from "./client/session";
import { refId } from "./client/tasks";
import { text, type XmlValue } from "./client/xml";
import { sharedGpus } from "./gpus";
import { powerState } from "./mapping";
import { inventoryPath } from "./paths";
import { BURST_MS, ReadAhead } from "./read-ahead";
import { blockers, devicesOutsideMemory, type Situation, vgpus } from "./readiness";
import { endedReverts, hasUnreadTask, runningTasks, unseenCreates } from "./recent-tasks";
import { type FileLayout, hasExcessDeltas, unexplainedDeltas } from "./unexplained-deltas";
import type { VmList } from "./vm-list";
import { VmMemory, type VmRead } from "./vm-memory";

/** The properties of a VM that lifecycles need, except its devices, which are large. */
const PATHS = [
  "name",
  "parent",
  "parentVApp",
  "config.template",
  "recentTask",
  "runtime.powerState",
  "runtime.consolidationNeeded",
  "snapshot",
  "guest.toolsRunningStatus",
  "layoutEx.snapshot",
  "layoutEx.file",
  "layoutEx.disk",
] as const;
const DEVICE = "config.hardware.device";
/** Properties that determine what the devices exclude. */
const WITH_DEVICES = [DEVICE, "config.ftInfo", "runtime.host"] as const;

/**
 * Reads VMs. `recent` reads use memory for a few seconds, until this process changes the VM. When such reads come in
 * sequence, neighbours are prefetched, so a refresh costs calls per page and not per VM.
 */
export class VmReader {
  private readonly memory = new VmMemory();
  /** Creates that have ended and whose snapshot was missing in a read. */
  private readonly checked = new Set<string>();
  private readonly ahead: ReadAhead | undefined;

  constructor(
    private readonly session: Session,
    private readonly reader: Reader,
    list: VmList,
    readAhead: boolean,
  ) {
    if (!readAhead) return;
    this.ahead = new ReadAhead(session, list, { plain: PATHS, devices: WITH_DEVICES }, () => {
      const moment = this.memory.moment();
      return (objects) => this.keepAll(objects, moment);
    });
  }

  /** Wraps a change of a VM: earlier reads are no longer recent. */
  async changing<T>(vmId: string, work: () => Promise<T>): Promise<T> {
    this.memory.changed(vmId);
    try {
      return await work();
    } finally {
      this.memory.changed(vmId);
    }
  }

  /** @throws SnapstateError `not-found` when the server explicitly reports that the VM does not exist. */
  async read(vmId: string, how: InspectOptions, call: OperationContext): Promise<VmRead> {
    const devices = how.readiness ?? false;
    if (how.freshness === "recent") {
      const known = await this.remembered(vmId, devices, call);
      if (known) return known;
    }
    const moment = this.memory.moment();
    const ref: Ref = { type: "VirtualMachine", id: vmId };
    const paths = devices ? [...PATHS, ...WITH_DEVICES] : PATHS;
    const patience = how.freshness === "recent" ? BURST_MS : undefined;
    let { object, around } = await this.reader.read(ref, paths, call, undefined, patience);
    // Once only: a user without the right to read tasks never gets them.
    if (object && how.freshness !== "recent" && this.mustReadAgain(object, around))
      ({ object, around } = await this.reader.read(ref, paths, call));
    if (object === undefined) return this.proveGone(ref, call);
    const apart = { gpus: await this.gpusOf(object, call), devices: await this.devicesOf(object, call) };
    const read = vmRead(object, around, apart);
    this.memory.keep(vmId, read, moment);
    return read;
  }

  /** Whether the VM may have been read before one of its tasks ended. Each ended task is a reason only once. */
  private mustReadAgain(object: ObjectContent, around: ReadonlyMap<string, ObjectContent>): boolean {
    const unseen = unseenCreates(object, around).filter((id) => !this.checked.has(id));
    for (const id of unseen) this.checked.add(id);
    return unseen.length > 0 || hasUnreadTask(object, around);
  }

  /** What the host supports for a VM's vGPUs; no request for other VMs. */
  private async gpusOf(object: ObjectContent, call: OperationContext): Promise<Situation["gpus"]> {
    const host = text(object.properties["runtime.host"]);
    return asksHost(object) && host ? sharedGpus(host, this.reader, call) : undefined;
  }

  /** The devices of a VM whose files indicate an unfinished consolidation; not read for other VMs. */
  private async devicesOf(object: ObjectContent, call: OperationContext): Promise<XmlValue> {
    if (!needsDevices(object)) return object.properties[DEVICE];
    return (await this.reader.read(object.ref, [DEVICE], call)).object?.properties[DEVICE];
  }

  /** From memory, after a pending prefetch that includes it. */
  private async remembered(vmId: string, devices: boolean, call: OperationContext): Promise<VmRead | undefined> {
    const recall = (id: string) => this.memory.recall(id, devices);
    const isKnown = (id: string) => recall(id) !== undefined;
    this.ahead?.noteRead(vmId, isKnown, call);
    const known = recall(vmId);
    if (known || !this.ahead?.noteMiss(devices)) return known;
    await this.ahead.from(vmId, devices, isKnown, call);
    return recall(vmId);
  }

  private keepAll(objects: ObjectContent[], moment: number): void {
    const around = new Map(objects.map((object) => [key(object.ref), object]));
    for (const object of objects) {
      const { id, type } = object.ref;
      const complete = object.properties.name !== undefined && type === "VirtualMachine";
      // What depends on the host is read individually, when needed.
      const kept = asksHost(object) ? withoutDevices(object) : object;
      if (complete && !needsDevices(object)) this.memory.keep(id, vmRead(kept, around), moment);
    }
  }

  /**
   * A batch omits missing objects. Proof of absence is ManagedObjectNotFound for this very object in a single read that
   * omits nothing. A missing property collector causes the same fault, with its own reference in `obj`.
   */
  private async proveGone(ref: Ref, call: OperationContext): Promise<never> {
    const spec = { properties: { VirtualMachine: ["name"] }, objects: [{ ref }], strict: true };
    try {
      await retrieve(this.session, spec, call);
    } catch (error) {
      if (!(error instanceof VimFaultError) || error.fault.type !== "ManagedObjectNotFound") throw error;
      if (refId(error.fault.detail.obj) === ref.id) {
        throw new SnapstateError({
          kind: "not-found",
          operation: call.operation,
          detail: `VM ${ref.id} does not exist`,
          code: error.fault.type,
        });
      }
    }
    throw new SnapstateError({
      kind: "protocol",
      operation: call.operation,
      detail: `the server omitted VM ${ref.id} from a read but did not report that it does not exist`,
      hint: "Run again. The state is unchanged",
    });
  }
}

/** Whether the effect of its devices depends on the host. */
function asksHost({ properties }: ObjectContent): boolean {
  return powerState(properties["runtime.powerState"]) !== "off" && vgpus(properties[DEVICE]).length > 0;
}

/** Whether its files indicate deltas that only its devices can confirm. */
function needsDevices({ properties }: ObjectContent): boolean {
  return properties[DEVICE] === undefined && hasExcessDeltas(layoutOf(properties));
}

function layoutOf(properties: ObjectContent["properties"]): FileLayout {
  return {
    disks: properties["layoutEx.disk"],
    snapshots: properties["layoutEx.snapshot"],
    files: properties["layoutEx.file"],
  };
}

function withoutDevices(object: ObjectContent): ObjectContent {
  const { [DEVICE]: _devices, ...properties } = object.properties;
  return { ...object, properties };
}

interface ReadApart {
  gpus?: Situation["gpus"];
  /** Even if they were not read for readiness. */
  devices?: XmlValue;
}

function vmRead(object: ObjectContent, around: ReadonlyMap<string, ObjectContent>, apart: ReadApart = {}): VmRead {
  const devices = object.properties[DEVICE];
  const layout = layoutOf(object.properties);
  const tasks = runningTasks(object, around);
  // A running task removes them or belongs to a backup.
  const settled = tasks.length === 0 && hasExcessDeltas(layout);
  const vm = withoutDevices(object);
  const power = powerState(vm.properties["runtime.powerState"]);
  const situation = { gpus: apart.gpus, faultTolerant: vm.properties["config.ftInfo"] !== undefined };
  return {
    vm,
    path: inventoryPath(vm, around),
    runningTasks: tasks,
    endedReverts: endedReverts(vm, around),
    blockers: devices === undefined ? undefined : blockers(devices, power, situation),
    uncovered: devicesOutsideMemory(devices),
    unexplained: settled ? unexplainedDeltas(apart.devices ?? devices, layout) : [],
  };
}
