import { isSnapstateError } from "../../core/errors";
import { detachedContext, type OperationContext, raceAbort } from "../../core/operation";
import type { InspectOptions } from "../contract";
import type { Target, TargetSelector } from "../contract-types";
import { ambiguousTarget, noSuchTarget } from "../shared/refusals";
import { UUID } from "../uuid";
import { findAllByUuid, findByInventoryPath } from "./client/requests";
import type { Session } from "./client/session";
import { refId } from "./client/tasks";
import { element, list, text } from "./client/xml";
import { unescapeName } from "./names";
import { displayedPath } from "./paths";
import { type ListedVm, type Listing, RECENT_LISTING, type VmList } from "./vm-list";
import { RECENT } from "./vm-memory";
import type { VmReader } from "./vm-reader";

/** Remedy when a target is not found. */
const CHECK = "Check the target, and that the connection's user may see it";

const MOREF = /^vm-\d+$/;
/** Milliseconds for which a lookup is valid without a read of the VM. */
const MAX_AGE_MS = 1000;
/** Milliseconds for which it is remembered at all: a new VM of the same name would be missed. */
const MAX_REMEMBERED_MS = 10_000;
/** Milliseconds for which a listed path is valid for a check, which changes nothing. */
const MAX_PREVIEW_AGE_MS = 60_000;

interface LookupOptions extends InspectOptions {
  since: number;
}

interface Found {
  target: Target;
  /** When the request was sent, by `performance.now()`. */
  at: number;
}

/** Finds VMs by name, path or id. */
export class Inventory {
  private readonly known = new Map<string, Promise<Found>>();

  constructor(
    private readonly session: Session,
    private readonly vms: VmReader,
    private readonly all: VmList,
  ) {}

  /** @throws SnapstateError `not-found`, or `ambiguous` with every match. */
  async find(selector: TargetSelector, call: OperationContext, how: InspectOptions = {}): Promise<Target> {
    const id = JSON.stringify(selector);
    const found = this.trusted(selector, this.known.get(id), how, detachedContext(call));
    this.known.set(id, found);
    found.catch(() => {
      if (this.known.get(id) === found) this.known.delete(id);
    });
    return (await raceAbort(call, found)).target;
  }

  /** All VMs visible to the user. Includes templates, which keep their snapshots. */
  async list(call: OperationContext): Promise<Target[]> {
    const { vms } = await this.all.read(call, performance.now());
    return vms.map(targetOf);
  }

  /**
   * After a lookup, a VM may be renamed and another may take its name; a snapshot would then be of the wrong VM. So
   * older results are verified by a read of the VM. These reads are batched, so they are cheap for many targets.
   */
  private async trusted(
    selector: TargetSelector,
    known: Promise<Found> | undefined,
    how: InspectOptions,
    call: OperationContext,
  ): Promise<Found> {
    const now = performance.now();
    const way = wayOf(selector);
    const preview = how.freshness === "recent" && way === "path";
    const recent = () =>
      this.lookup(selector, { since: now - (preview ? MAX_PREVIEW_AGE_MS : RECENT_LISTING), ...how }, call);
    const found = (await known?.catch(() => undefined)) ?? (await recent());
    const age = now - found.at;
    if (age <= (preview ? MAX_PREVIEW_AGE_MS : how.freshness === "recent" ? MAX_REMEMBERED_MS : MAX_AGE_MS))
      return found;
    // A path or an id belongs to one VM at a time, so the result is valid if the VM still has it.
    const remembered = way === "path" || way === "id" ? Number.POSITIVE_INFINITY : MAX_REMEMBERED_MS;
    if (age <= remembered && (await this.isStill(found.target, call))) return found;
    return this.lookup(selector, { since: now, ...how }, call);
  }

  private async isStill(target: Target, call: OperationContext): Promise<boolean> {
    try {
      const { vm, path } = await this.vms.read(target.id, { freshness: "fresh" }, call);
      return unescapeName(text(vm.properties.name) ?? "") === target.name && path === target.path;
    } catch (error) {
      if (isSnapstateError(error, "not-found")) return false;
      throw error;
    }
  }

  /** @param how.since maximum age of a listing, as a time of `performance.now()` */
  private lookup(selector: TargetSelector, how: LookupOptions, call: OperationContext): Promise<Found> {
    const { value } = selector;
    const { since } = how;
    const way = wayOf(selector);
    // The displayed name web/1 looks like a path; an existing path takes precedence.
    if (way === "path" && selector.by === "any") {
      return this.byPath(value, call, how).catch((error: unknown) => {
        if (!isSnapstateError(error, "not-found") || value.startsWith("/")) throw error;
        return this.byName(value, call, since).catch((other: unknown) => {
          throw isSnapstateError(other, "not-found") ? error : other;
        });
      });
    }
    if (way === "path") return this.byPath(value, call, how);
    if (way === "id") return this.byId(value, call, how);
    if (way === "name") return this.byName(value, call, since);
    if (way === "any-uuid") return this.byUuid(value, ["instance", "bios"], call, how);
    return this.byUuid(value, [way === "instance-uuid" ? "instance" : "bios"], call, how);
  }

  private async byPath(path: string, call: OperationContext, { since, readiness }: LookupOptions): Promise<Found> {
    const plain = path.replace(/^\/+|\/+$/g, "");
    const listing = await this.all.ifSeries(call, since);
    const match = listing?.byPath.get(`/${plain}`);
    if (listing && match) return found(match, listing);
    const body = await this.session.read(({ searchIndex }) => findByInventoryPath(searchIndex, plain), call);
    const value = element(body.FindByInventoryPathResponse)?.returnval;
    const id = refId(value);
    const type = text(element(value)?.["@type"]);
    if (id === undefined) return this.byListedPath(plain, call, since);
    if (type !== "VirtualMachine") throw noSuchTarget(`${JSON.stringify(path)} is a ${type}, not a VM`, CHECK, call);
    return this.byId(id, call, { readiness });
  }

  /** Paths that the server does not find: through a vApp, or with displayed names (`100%`, stored as `100%25`). */
  private async byListedPath(plain: string, call: OperationContext, since: number): Promise<Found> {
    const what = `have the inventory path ${JSON.stringify(`/${plain}`)}`;
    const startedAt = performance.now();
    const matching = ({ byPath, vms }: Listing) => {
      const exact = byPath.get(`/${plain}`);
      return exact ? [exact] : vms.filter(({ path }) => path !== undefined && displayedPath(path) === `/${plain}`);
    };
    let listing = await this.all.read(call, since);
    // An earlier listing lacks VMs that were created, moved or renamed since.
    if (matching(listing).length !== 1) listing = await this.all.read(call, startedAt);
    const shown = matching(listing);
    if (shown.length === 0)
      throw noSuchTarget(`no VM has the inventory path ${JSON.stringify(`/${plain}`)}`, CHECK, call);
    return only(shown, what, listing, call);
  }

  private async byId(id: string, call: OperationContext, how: InspectOptions): Promise<Found> {
    const at = performance.now() - (how.freshness === "recent" ? RECENT : 0);
    const { vm, path } = await this.vms.read(id, how, call);
    const name = text(vm.properties.name) ?? id;
    return { target: targetOf({ id, name, path }), at };
  }

  private async byUuid(
    uuid: string,
    ways: ("instance" | "bios")[],
    call: OperationContext,
    { since, readiness }: LookupOptions,
  ): Promise<Found> {
    const listing = await this.all.ifSeries(call, since);
    for (const way of ways) {
      const what = `have the ${way} UUID ${uuid}`;
      const matches = (which: Listing | undefined) =>
        which?.vms.filter((vm) => (way === "instance" ? vm.instanceUuid : vm.biosUuid) === uuid.toLowerCase()) ?? [];
      if (listing && matches(listing).length === 1) return only(matches(listing), what, listing, call);
      const startedAt = performance.now();
      const body = await this.session.read(
        ({ searchIndex }) => findAllByUuid(searchIndex, uuid, way === "instance"),
        call,
      );
      const ids = list(element(body.FindAllByUuidResponse)?.returnval).map((value) => refId(value) ?? "");
      if (ids.length === 1) return this.byId(ids[0] as string, call, { readiness });
      if (ids.length > 1) {
        const fresh = await this.all.read(call, startedAt);
        return only(
          fresh.vms.filter((vm) => ids.includes(vm.id)),
          what,
          fresh,
          call,
        );
      }
    }
    throw noSuchTarget(`no VM has the ${ways.join(" or ")} UUID ${uuid}`, CHECK, call);
  }

  private async byName(name: string, call: OperationContext, since: number): Promise<Found> {
    const startedAt = performance.now();
    // By displayed and stored name: `web/1` is stored as `web%2f1`.
    const named = ({ vms }: Listing) => vms.filter((vm) => vm.name === name || unescapeName(vm.name) === name);
    let listing = await this.all.read(call, since);
    // An earlier listing lacks VMs that were created or renamed since.
    if (named(listing).length !== 1) listing = await this.all.read(call, startedAt);
    const matches = named(listing);
    if (matches.length === 0) throw noSuchTarget(`no VM has the name ${JSON.stringify(name)}`, CHECK, call);
    return only(matches, `have the name ${JSON.stringify(name)}`, listing, call);
  }
}

/** Why no VM of any inventory can match; undefined if one may. */
export function selectorProblem({ by, value }: TargetSelector): string | undefined {
  const quoted = JSON.stringify(value);
  if (by === "id" && !/^(vm-)?\d+$/.test(value)) {
    return `${quoted} is not a managed object id of a VM. Use one like "vm-42", or use name, path, or a UUID`;
  }
  if ((by === "instance-uuid" || by === "bios-uuid") && !UUID.test(value)) {
    return `${quoted} is not a UUID. Use a UUID, name, path or id`;
  }
  // A datacenter, its folder of VMs, and the VM.
  if (by === "path" && value.split("/").filter((part) => part !== "").length < 3) {
    return `${quoted} is not an inventory path of a VM. Use one like "/DC0/vm/web", or use name`;
  }
  return undefined;
}

function wayOf({ by, value }: TargetSelector) {
  return by === "any" ? guess(value) : by;
}

function guess(value: string): "path" | "id" | "any-uuid" | "name" {
  if (value.includes("/")) return "path";
  if (MOREF.test(value)) return "id";
  return UUID.test(value) ? "any-uuid" : "name";
}

function found(vm: ListedVm, { at }: Listing): Found {
  return { target: targetOf(vm), at };
}

function only(matches: ListedVm[], what: string, listing: Listing, call: OperationContext): Found {
  const [match] = matches;
  if (match === undefined) throw noSuchTarget(`the VMs that ${what} cannot be listed`, CHECK, call);
  if (matches.length === 1) return found(match, listing);
  const each = matches.map((vm) => `${vm.path ?? vm.name} (${vm.id}, instance UUID ${vm.instanceUuid})`);
  const hint = "Select one by its path, id or instance UUID";
  throw ambiguousTarget(`${each.length} VMs ${what}`, each, hint, call);
}

function targetOf({ id, name, path }: Pick<ListedVm, "id" | "name" | "path">): Target {
  return { id, name: unescapeName(name), ...(path === undefined ? {} : { path }) };
}
