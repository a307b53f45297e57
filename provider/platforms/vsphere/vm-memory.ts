import type { Blocker, RunningTask } from "../contract-types";
import type { ObjectContent } from "./client/retrieve";

/** Milliseconds for which a `recent` read may be answered from memory. */
export const RECENT = 5000;
/** Maximum number of VMs kept: a page of a prefetch, the rest of the one before, and others. */
const MOST = 800;

/** One VM as read. */
export interface VmRead {
  /** Without its devices, which are large: only the blockers are kept. */
  vm: ObjectContent;
  path: string | undefined;
  runningTasks: RunningTask[];
  endedReverts: string[];
  /** Undefined when the devices were not read. */
  blockers: Blocker[] | undefined;
  /** Disks that no snapshot covers; empty when the devices were not read. */
  uncovered: string[];
  /** Disks that write to delta files of no snapshot. */
  unexplained: string[];
}

/** VMs read in the last few seconds and not changed by this process since. */
export class VmMemory {
  /** In the order of their reads, oldest first. */
  private readonly reads = new Map<string, { read: VmRead; at: number }>();
  private readonly changes = new Map<string, number>();
  private count = 0;

  /** Invalidates what was read of a VM so far. */
  changed(vmId: string): void {
    this.reads.delete(vmId);
    this.changes.set(vmId, ++this.count);
  }

  /** The time before a read, for {@link keep}. */
  moment(): number {
    return this.count;
  }

  recall(vmId: string, devices: boolean): VmRead | undefined {
    const known = this.reads.get(vmId);
    if (known === undefined || performance.now() - known.at > RECENT) return undefined;
    return devices && known.read.blockers === undefined ? undefined : known.read;
  }

  /** Keeps a read that began at that time, unless the VM was changed since. */
  keep(vmId: string, read: VmRead, since: number): void {
    if ((this.changes.get(vmId) ?? 0) > since) return;
    const at = performance.now();
    this.reads.delete(vmId);
    this.reads.set(vmId, { read, at });
    // A refresh of thousands of VMs would keep them all.
    for (const [id, oldest] of this.reads) {
      if (at - oldest.at <= RECENT && this.reads.size <= MOST) break;
      this.reads.delete(id);
    }
  }
}
