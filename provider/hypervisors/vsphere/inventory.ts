import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { Target, TargetSelector } from "../contract";
import { aroundVm, key, TOLERATED } from "./client/reader";
import { DESCENDANTS, findAllByUuid, findByInventoryPath } from "./client/requests";
import { type ObjectContent, retrieve } from "./client/retrieve";
import type { Session } from "./client/session";
import { shared, within } from "./client/shared";
import { refId } from "./client/tasks";
import { element, list, text } from "./client/xml";
import { inventoryPath } from "./paths";
import type { VmReader } from "./vm-reader";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOREF = /^vm-\d+$/;
/** Milliseconds for which a look-up is remembered. */
const REMEMBER = 60_000;
/** Milliseconds in which a third look-up shows that more will come, so that all VMs are listed in one call. */
const SERIES = 2000;

interface Listed {
  id: string;
  name: string;
  path: string | undefined;
  instanceUuid: string;
  biosUuid: string;
  template: boolean;
}

/** Finds VMs by what a person calls them. */
export class Inventory {
  private readonly known = new Map<string, { target: Promise<Target>; at: number }>();
  private recentLookups: number[] = [];
  private listing: { vms: Promise<Listed[]>; at: number } | undefined;

  constructor(
    private readonly session: Session,
    private readonly vms: VmReader,
  ) {}

  /** @throws SnapstateError `not-found`, or `ambiguous` with every match. */
  find(selector: TargetSelector, call: Call): Promise<Target> {
    const id = JSON.stringify(selector);
    const known = this.known.get(id);
    if (known && performance.now() - known.at < REMEMBER) return within(call, known.target);
    const target = this.lookUp(selector, shared(call));
    this.known.set(id, { target, at: performance.now() });
    target.catch(() => this.known.delete(id));
    return within(call, target);
  }

  private lookUp({ by, value }: TargetSelector, call: Call): Promise<Target> {
    const way = by === "any" ? guess(value) : by;
    if (way === "path") return this.byPath(value, call);
    if (way === "id") return this.byId(value, call);
    if (way === "name") return this.byName(value, call);
    if (way === "any-uuid") return this.byUuid(value, ["instance", "bios"], call);
    return this.byUuid(value, [way === "instance-uuid" ? "instance" : "bios"], call);
  }

  private async byPath(path: string, call: Call): Promise<Target> {
    const plain = path.replace(/^\/+|\/+$/g, "");
    const listed = await this.listIfSeries(call);
    const match = listed?.find((vm) => vm.path === `/${plain}`);
    if (match) return targetOf(match, call);
    const body = await this.session.read(({ searchIndex }) => findByInventoryPath(searchIndex, plain), call);
    const found = element(body.FindByInventoryPathResponse)?.returnval;
    const id = refId(found);
    const type = text(element(found)?.["@type"]);
    if (id === undefined) throw notFound(`no VM has the inventory path ${JSON.stringify(path)}`, call);
    if (type !== "VirtualMachine") throw notFound(`${JSON.stringify(path)} is a ${type}, not a VM`, call);
    return { id, name: plain.slice(plain.lastIndexOf("/") + 1), path: `/${plain}` };
  }

  private async byId(id: string, call: Call): Promise<Target> {
    const { vm, path } = await this.vms.read(id, { freshness: "recent" }, call);
    return { id, name: text(vm.properties.name) ?? id, ...(path === undefined ? {} : { path }) };
  }

  private async byUuid(uuid: string, ways: ("instance" | "bios")[], call: Call): Promise<Target> {
    const listed = await this.listIfSeries(call);
    for (const way of ways) {
      const matches =
        listed?.filter((vm) => (way === "instance" ? vm.instanceUuid : vm.biosUuid) === uuid.toLowerCase()) ?? [];
      if (matches.length > 0) return this.only(matches, `have the ${way} UUID ${uuid}`, call);
      const body = await this.session.read(
        ({ searchIndex }) => findAllByUuid(searchIndex, uuid, way === "instance"),
        call,
      );
      const ids = list(element(body.FindAllByUuidResponse)?.returnval).map((value) => refId(value) ?? "");
      if (ids.length === 1) return this.byId(ids[0] as string, call);
      if (ids.length > 1) {
        const all = await this.list(call);
        return this.only(
          all.filter((vm) => ids.includes(vm.id)),
          `have the ${way} UUID ${uuid}`,
          call,
        );
      }
    }
    throw notFound(`no VM has the ${ways.join(" or ")} UUID ${uuid}`, call);
  }

  private async byName(name: string, call: Call): Promise<Target> {
    const begun = performance.now();
    let all = await this.list(call);
    // A list that was made earlier cannot know a VM that was created since.
    if (!all.some((vm) => vm.name === name)) all = await this.list(call, begun);
    const matches = all.filter((vm) => vm.name === name && !vm.template);
    const [template] = all.filter((vm) => vm.name === name && vm.template);
    if (matches.length === 0 && template) return targetOf(template, call);
    if (matches.length === 0) throw notFound(`no VM has the name ${JSON.stringify(name)}`, call);
    return this.only(matches, `have the name ${JSON.stringify(name)}`, call);
  }

  private only(matches: Listed[], what: string, call: Call): Target {
    const [match] = matches;
    if (matches.length === 1 && match) return targetOf(match, call);
    const each = matches.map((vm) => `${vm.path ?? vm.name} (${vm.id}, instance UUID ${vm.instanceUuid})`);
    throw new SnapstateError({
      kind: "ambiguous",
      doing: call.doing,
      answered: `${matches.length} VMs ${what}: ${each.join(" and ")}`,
      hint: "Name the one you mean by its path, its id or its instance UUID",
    });
  }

  private listIfSeries(call: Call): Promise<Listed[] | undefined> {
    const now = performance.now();
    this.recentLookups = [...this.recentLookups.filter((at) => now - at < SERIES), now];
    return this.recentLookups.length > 2 ? this.list(call) : Promise.resolve(undefined);
  }

  /** @param since how old the list may be */
  private list(call: Call, since: number = performance.now() - RECENT_LISTING): Promise<Listed[]> {
    if (this.listing && this.listing.at >= since) return this.listing.vms;
    const listing = { vms: this.listAll(call), at: performance.now() };
    this.listing = listing;
    listing.vms.catch(() => {
      if (this.listing === listing) this.listing = undefined;
    });
    return listing.vms;
  }

  private async listAll(call: Call): Promise<Listed[]> {
    const { rootFolder } = await this.session.content(call);
    const spec = {
      properties: { VirtualMachine: VM_PROPERTIES, ...aroundVm() },
      objects: [{ ref: rootFolder, select: DESCENDANTS }],
    };
    const objects = await retrieve(this.session, spec, call, { tolerant: [...TOLERATED, "VirtualMachine"] });
    const folders = new Map(objects.map((object) => [key(object.ref), object]));
    return objects.filter(({ ref }) => ref.type === "VirtualMachine").map((vm) => listed(vm, folders));
  }
}

/** Milliseconds for which one list of all VMs serves look-ups. */
const RECENT_LISTING = 10_000;
const VM_PROPERTIES = [
  "name",
  "parent",
  "parentVApp",
  "config.uuid",
  "config.instanceUuid",
  "config.template",
] as const;

function listed(vm: ObjectContent, folders: ReadonlyMap<string, ObjectContent>): Listed {
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

function guess(value: string): "path" | "id" | "any-uuid" | "name" {
  if (value.includes("/")) return "path";
  if (MOREF.test(value)) return "id";
  return UUID.test(value) ? "any-uuid" : "name";
}

function targetOf(vm: Listed, call: Call): Target {
  if (vm.template) {
    throw new SnapstateError({
      kind: "unsupported",
      doing: call.doing,
      answered: `${vm.path ?? vm.name} is a template`,
      hint: "vSphere takes no snapshots of templates. Convert it to a VM first",
    });
  }
  return { id: vm.id, name: vm.name, ...(vm.path === undefined ? {} : { path: vm.path }) };
}

function notFound(answered: string, call: Call): SnapstateError {
  return new SnapstateError({
    kind: "not-found",
    doing: call.doing,
    answered,
    hint: "Check the target, and that the connection's user may see it",
  });
}
