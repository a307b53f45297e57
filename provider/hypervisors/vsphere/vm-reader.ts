import { SnapstateError } from "../../errors";
import { type Call, shared, within } from "../../waiting";
import type { InspectOptions, RunningTask } from "../contract";
import { VimFaultError } from "./client/fault";
import { aroundVm, key, type Reader, TOLERATED } from "./client/reader";
import { DESCENDANTS, type Ref } from "./client/requests";
import { type ObjectContent, retrieve } from "./client/retrieve";
import type { Session } from "./client/session";
import { inventoryPath } from "./paths";
import { endedReverts, missesTask, runningTasks } from "./recent-tasks";

/** Everything the lifecycle wants to know of a VM, but for its devices, which are large. */
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
] as const;
const DEVICES = ["config.hardware.device"] as const;

/** Milliseconds for which a `recent` read may be answered from memory. */
const RECENT = 5000;
/** Milliseconds in which a second batch of reads shows that more will come. */
const SERIES = 1500;
/** Milliseconds between two reads, while VMs are being changed, by which more are to be expected. */
const CROWD = 1000;
/** Milliseconds for which a read then waits for others. */
const GATHER = 250;
const LONGEST_GATHER = 500;
const PAGE = 500;
/** With devices a VM is some 20 KB, so only one page of neighbours is read along. */
const PAGE_WITH_DEVICES = 200;

/** One VM as read. */
export interface VmRead {
  vm: ObjectContent;
  path: string | undefined;
  runningTasks: RunningTask[];
  endedReverts: string[];
}

interface Remembered extends VmRead {
  at: number;
  devices: boolean;
}

/**
 * Reads VMs. `recent` reads are answered from memory for a few seconds, until this process changes the VM; and when such
 * reads come one batch after the other, all VMs are read along in one go, so that a refresh costs calls by the page and
 * not by the VM.
 */
export class VmReader {
  private readonly remembered = new Map<string, Remembered>();
  private readonly changes = new Map<string, number>();
  private underWay = 0;
  private lastRead = Number.NEGATIVE_INFINITY;
  /** Milliseconds between reads of late. */
  private apart = 0;
  private lastMiss = 0;
  private misses = 0;
  private ahead: Promise<void> | undefined;

  constructor(
    private readonly session: Session,
    private readonly reader: Reader,
    private readonly readAhead: boolean,
  ) {}

  /** Wraps what changes a VM: what was read before its end is no longer recent. */
  async changing<T>(vmId: string, work: () => Promise<T>): Promise<T> {
    this.changed(vmId);
    this.underWay++;
    try {
      return await work();
    } finally {
      this.underWay--;
      this.changed(vmId);
    }
  }

  private changed(vmId: string): void {
    this.remembered.delete(vmId);
    this.changes.set(vmId, (this.changes.get(vmId) ?? 0) + 1);
  }

  /** @throws SnapstateError `not-found` when the server positively says that the VM does not exist. */
  async read(vmId: string, how: InspectOptions, call: Call): Promise<VmRead> {
    const devices = how.readiness ?? false;
    if (how.freshness === "recent") {
      const known = this.recall(vmId, devices);
      if (known) return known;
      if (this.seriesBegun(devices)) {
        await this.fetchAhead(devices, call);
        const neighbour = this.recall(vmId, devices);
        if (neighbour) return neighbour;
      }
    }
    const before = this.changes.get(vmId) ?? 0;
    const ref: Ref = { type: "VirtualMachine", id: vmId };
    const paths = devices ? [...PATHS, ...DEVICES] : PATHS;
    let { object, around } = await this.reader.read(ref, paths, call, this.patience());
    // Once: a user who may not see tasks never gets them.
    if (object && how.freshness !== "recent" && missesTask(object, around))
      ({ object, around } = await this.reader.read(ref, paths, call));
    if (object === undefined) return this.proveGone(ref, call);
    const read = vmRead(object, around);
    if ((this.changes.get(vmId) ?? 0) === before) this.remember(vmId, read, devices);
    return read;
  }

  /** Pulumi begins resources one after the other, so that reads which are meant together come a little apart. */
  private patience(): number | undefined {
    const now = performance.now();
    const apart = now - this.lastRead;
    this.lastRead = now;
    if (apart > CROWD || this.underWay === 0) return undefined;
    this.apart = this.apart * 0.7 + apart * 0.3;
    return Math.min(LONGEST_GATHER, Math.max(GATHER, this.apart * 5));
  }

  private recall(vmId: string, devices: boolean): VmRead | undefined {
    const known = this.remembered.get(vmId);
    if (known === undefined || performance.now() - known.at > RECENT || (devices && !known.devices)) return undefined;
    return known;
  }

  private remember(vmId: string, read: VmRead, devices: boolean): void {
    this.remembered.set(vmId, { ...read, at: performance.now(), devices });
  }

  /** Reads that come together are one batch anyway; a batch after the batch is a series. */
  private seriesBegun(devices: boolean): boolean {
    if (!this.readAhead) return false;
    const now = performance.now();
    const together = now - this.lastMiss < 10;
    if (now - this.lastMiss > SERIES) this.misses = 0;
    if (!together) this.misses++;
    this.lastMiss = now;
    // Checks come one by one; a program with two VMs is no series.
    return this.misses > (devices ? 2 : 1);
  }

  private async fetchAhead(devices: boolean, call: Call): Promise<void> {
    this.ahead ??= this.readAll(devices, shared(call)).finally(() => {
      this.ahead = undefined;
      this.misses = 0;
    });
    await within(call, this.ahead);
  }

  private async readAll(devices: boolean, call: Call): Promise<void> {
    const { rootFolder } = await this.session.content(call);
    const before = new Map(this.changes);
    const spec = {
      properties: { VirtualMachine: devices ? [...PATHS, ...DEVICES] : PATHS, ...aroundVm() },
      objects: [{ ref: rootFolder, select: DESCENDANTS }],
    };
    const options = { pageSize: devices ? PAGE_WITH_DEVICES : PAGE, firstPageOnly: devices, tolerant: TOLERANT };
    const objects = await retrieve(this.session, spec, call, options);
    const around = new Map(objects.map((object) => [key(object.ref), object]));
    for (const object of objects) {
      const { id, type } = object.ref;
      const complete = object.properties.name !== undefined && type === "VirtualMachine";
      if (complete && this.changes.get(id) === before.get(id)) {
        this.remember(id, vmRead(object, around), devices);
      }
    }
  }

  /**
   * A batch leaves out what it does not find. Asked for alone, without being told to leave anything out, the server must
   * say ManagedObjectNotFound: only that is a proof.
   */
  private async proveGone(ref: Ref, call: Call): Promise<never> {
    const spec = { properties: { VirtualMachine: ["name"] }, objects: [{ ref }], strict: true };
    try {
      await retrieve(this.session, spec, call);
    } catch (error) {
      if (error instanceof VimFaultError && error.fault.type === "ManagedObjectNotFound") {
        throw new SnapstateError({
          kind: "not-found",
          doing: call.doing,
          answered: `there is no VM ${ref.id}`,
          code: error.fault.type,
        });
      }
      throw error;
    }
    throw new SnapstateError({
      kind: "protocol",
      doing: call.doing,
      answered: `the server left VM ${ref.id} out of a read and then did not say that it is gone`,
      hint: "Run again. The state was left as it is",
    });
  }
}

function vmRead(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): VmRead {
  return {
    vm,
    path: inventoryPath(vm, around),
    runningTasks: runningTasks(vm, around),
    endedReverts: endedReverts(vm, around),
  };
}

/** Reading along is a courtesy: what this user may not see is read, and refused, when it is asked for. */
const TOLERANT = [...TOLERATED, "VirtualMachine"] as const;
