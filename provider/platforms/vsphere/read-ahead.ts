import { detachedContext, type OperationContext, raceAbort } from "../../core/operation";
import { TOLERATED, vmSurroundingProperties } from "./client/reader";
import { DESCENDANTS_WITH_TASKS, type ReadSpec, VM_SURROUNDINGS } from "./client/requests";
import { type ObjectContent, retrieve } from "./client/retrieve";
import type { Session } from "./client/session";
import type { VmList } from "./vm-list";
import { RECENT } from "./vm-memory";

/** Milliseconds within which a second batch of reads indicates a series. */
const SERIES = 1500;
/** Milliseconds without another read after which a batch has ended, and for which it may last: an engine's first reads come slowly. */
const PAUSE_MS = 10;
export const BURST_MS = 150;
/** After this many reads in a series the inventory is taken to be large, before that is known. */
const MANY = 20;
/** Maximum VMs to prefetch at once. With devices, a VM is about 20 KB. */
const PAGE = 300;
const PAGE_WITH_DEVICES = 200;
const MIN_READ_AHEAD = 8;
/** Maximum milliseconds between two reads of a series. */
const MAX_GAP_MS = 1000;
/** Share of a page after which the next one is read in the background. */
const NEXT_PAGE_AT = 0.75;
/** Milliseconds for which the list of ids is used to determine neighbours. */
const NEIGHBOURS_MAX_AGE_MS = 10 * 60_000;

/** Properties to read of each VM. */
export interface Paths {
  plain: readonly string[];
  devices: readonly string[];
}

/**
 * Prefetches the VMs that are likely to be read next when reads come sequentially: the neighbours of the current one,
 * as many as the recent rate predicts for the time in which a read counts as recent.
 */
export class ReadAhead {
  private lastMiss = 0;
  /** When the latest batch of them began. */
  private batchAt = 0;
  /** Batches of reads in the series that were not in memory, and their reads. */
  private misses = 0;
  private missed = 0;
  private lastRead = 0;
  /** Recent milliseconds between reads. */
  private apart = 200;
  private running: Promise<void> | undefined;
  /** The first VM after the current page, to be read from once the series has come to the VM `at`. */
  private next: { at: string; from: string; devices: boolean } | undefined;
  /** The inventory exceeds one page, so neighbours must be selected. */
  private large = false;

  constructor(
    private readonly session: Session,
    private readonly list: VmList,
    private readonly paths: Paths,
    /** Called before a read. @returns a function that receives the read's objects */
    private readonly begin: () => (objects: ObjectContent[]) => void,
  ) {}

  /** Called at every read that may use memory. */
  noteRead(vmId: string, known: (vmId: string) => boolean, call: OperationContext): void {
    const now = performance.now();
    this.apart = this.apart * 0.8 + Math.min(MAX_GAP_MS, now - this.lastRead) * 0.2;
    this.lastRead = now;
    const { next } = this;
    if (next?.at !== vmId || this.running) return;
    // The reads that need a VM of that page fail then, not this one.
    this.from(next.from, next.devices, known, call).catch(() => {});
  }

  /**
   * Called when a read is not in memory. Concurrent reads are one batch anyway; a second batch indicates a series.
   * Checks come one by one; two VMs are not a series.
   *
   * @returns whether reads come in a series
   */
  noteMiss(devices: boolean): boolean {
    const now = performance.now();
    if (now - this.lastMiss > SERIES) this.misses = this.missed = 0;
    if (now - this.lastMiss >= PAUSE_MS || now - this.batchAt >= BURST_MS) {
      this.misses++;
      this.batchAt = now;
    }
    this.missed++;
    this.lastMiss = now;
    return this.list.inSeries || this.misses > (devices ? 2 : 1);
  }

  /** Prefetches from this VM on; concurrent callers wait for the same read. */
  async from(vmId: string, devices: boolean, known: (vmId: string) => boolean, call: OperationContext): Promise<void> {
    this.running ??= this.read(vmId, devices, known, detachedContext(call)).finally(() => {
      this.running = undefined;
    });
    await raceAbort(call, this.running);
  }

  private async read(
    vmId: string,
    devices: boolean,
    known: (vmId: string) => boolean,
    call: OperationContext,
  ): Promise<void> {
    const page = devices ? PAGE_WITH_DEVICES : PAGE;
    const paths = devices ? [...this.paths.plain, ...this.paths.devices] : this.paths.plain;
    const properties = { VirtualMachine: paths, ...vmSurroundingProperties() };
    const since = performance.now() - NEIGHBOURS_MAX_AGE_MS;
    const large = this.large || this.missed > MANY;
    const listing = await (large ? this.list.read(call, since) : this.list.known(since));
    if (listing === undefined) {
      // A small inventory is read completely: one call, like a list. Of a large one the server gathers all objects for the first page.
      const { rootFolder } = await this.session.content(call);
      const objects = await this.retrieve(
        { properties, objects: [{ ref: rootFolder, select: DESCENDANTS_WITH_TASKS }] },
        page,
        call,
      );
      this.large = objects.length >= page;
      return;
    }
    const listed = listing.vms;
    const first = listed.findIndex(({ id }) => id === vmId);
    if (first < 0) return;
    // The next page is read before this one is used up, and must not be too old then.
    const used = Math.round((RECENT * NEXT_PAGE_AT) / Math.max(1, this.apart));
    const size = Math.max(MIN_READ_AHEAD, Math.min(page, used));
    const [at, from] = [listed[first + Math.floor(size * NEXT_PAGE_AT)], listed[first + size]];
    this.next = at && from && { at: at.id, from: from.id, devices };
    const refs = listed
      .slice(first, first + size)
      .filter(({ id }) => id === vmId || !known(id))
      .map(({ id }) => ({ ref: { type: "VirtualMachine", id }, select: VM_SURROUNDINGS }));
    await this.retrieve({ properties, objects: refs }, undefined, call);
  }

  private async retrieve(
    spec: ReadSpec,
    firstPage: number | undefined,
    call: OperationContext,
  ): Promise<ObjectContent[]> {
    const paged = firstPage === undefined ? {} : { pageSize: firstPage, firstPageOnly: true };
    const keep = this.begin();
    const objects = await retrieve(this.session, spec, call, { ...paged, tolerant: TOLERANT });
    keep(objects);
    return objects;
  }
}

/** Prefetching may fail: a refused object is read, and refused, when it is needed. */
const TOLERANT = [...TOLERATED, "VirtualMachine"] as const;
