import type { OperationContext } from "../../core/operation";
import { folderProperties, key, TOLERATED } from "./client/reader";
import { DESCENDANTS } from "./client/requests";
import { type ObjectContent, retrieve } from "./client/retrieve";
import type { Session } from "./client/session";
import { text } from "./client/xml";
import { inventoryPath } from "./paths";

/** A VM for lookups. */
export interface ListedVm {
  id: string;
  name: string;
  /** Undefined if the user may not read one of its parent folders. */
  path: string | undefined;
  instanceUuid: string;
  biosUuid: string;
  template: boolean;
}

/** All VMs visible to the user. */
export interface Listing {
  vms: ListedVm[];
  byPath: ReadonlyMap<string | undefined, ListedVm>;
  /** When it was requested, by `performance.now()`. */
  at: number;
}

/** Milliseconds for which lookups use one listing. */
export const RECENT_LISTING = 10_000;
/** Milliseconds within which a third lookup triggers a listing of all VMs. */
const SERIES = 2000;
const PROPERTIES = ["name", "parent", "parentVApp", "config.uuid", "config.instanceUuid", "config.template"] as const;

/** Lists all VMs in one read, shared by lookups. */
export class VmList {
  private recentLookups: number[] = [];
  private seriesAt = Number.NEGATIVE_INFINITY;
  private latest: { listing: Promise<Listing>; at: number } | undefined;

  constructor(private readonly session: Session) {}

  /** @param since what the listing must not be older than, by `performance.now()` */
  read(call: OperationContext, since: number): Promise<Listing> {
    const known = this.known(since);
    if (known) return known;
    const at = performance.now();
    const latest = {
      listing: this.listAll(call).then((vms) => ({ vms, byPath: new Map(vms.map((vm) => [vm.path, vm])), at })),
      at,
    };
    this.latest = latest;
    latest.listing.catch(() => {
      if (this.latest === latest) this.latest = undefined;
    });
    return latest.listing;
  }

  /** The present or pending listing, unless it is older than that. */
  known(since: number): Promise<Listing> | undefined {
    return this.latest && this.latest.at >= since ? this.latest.listing : undefined;
  }

  /** Whether lookups came in a series just now. */
  get inSeries(): boolean {
    return performance.now() - this.seriesAt < SERIES;
  }

  /** A listing if lookups come in a series; for the first two, single calls are cheaper. */
  ifSeries(call: OperationContext, since: number): Promise<Listing | undefined> {
    const now = performance.now();
    this.recentLookups = [...this.recentLookups.filter((at) => now - at < SERIES), now].slice(-3);
    const series = this.recentLookups.length > 2;
    if (series) this.seriesAt = now;
    return series ? this.read(call, since) : (this.known(since) ?? Promise.resolve(undefined));
  }

  private async listAll(call: OperationContext): Promise<ListedVm[]> {
    const { rootFolder } = await this.session.content(call);
    const spec = {
      properties: { VirtualMachine: PROPERTIES, ...folderProperties() },
      objects: [{ ref: rootFolder, select: DESCENDANTS }],
    };
    const objects = await retrieve(this.session, spec, call, { tolerant: [...TOLERATED, "VirtualMachine"] });
    const folders = new Map(objects.map((object) => [key(object.ref), object]));
    return objects.filter(({ ref }) => ref.type === "VirtualMachine").map((vm) => listed(vm, folders));
  }
}

function listed(vm: ObjectContent, folders: ReadonlyMap<string, ObjectContent>): ListedVm {
  const property = (name: string) => text(vm.properties[name]) ?? "";
  return {
    id: vm.ref.id,
    name: property("name"),
    path: inventoryPath(vm, folders),
    instanceUuid: property("config.instanceUuid").toLowerCase(),
    biosUuid: property("config.uuid").toLowerCase(),
    template: property("config.template") === "true",
  };
}
