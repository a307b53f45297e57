import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { element, text, type XmlValue } from "./client/xml";
import { unescapeName } from "./names";

/** Deeper than any inventory: a loop of parents is a server's mistake, not ours to follow for ever. */
const MAX_DEPTH = 100;

/** A path as people see it, each name unescaped. */
export function displayedPath(path: string): string {
  return path.split("/").map(unescapeName).join("/");
}

/**
 * The inventory path of a VM, `/DC0/vm/prod/web-1`, from the folders above it; undefined when this user may not see one
 * of them. Names stand as the server shows them, with `%2f` for a slash, as FindByInventoryPath wants them.
 */
export function inventoryPath(vm: ObjectContent, folders: ReadonlyMap<string, ObjectContent>): string | undefined {
  const names: string[] = [text(vm.properties.name) ?? ""];
  let parent = refOf(vm.properties.parent ?? vm.properties.parentVApp);
  for (let depth = 0; parent !== undefined && depth < MAX_DEPTH; depth++) {
    const folder = folders.get(key(parent));
    const name = text(folder?.properties.name);
    if (folder === undefined || name === undefined) return undefined;
    const { properties } = folder;
    const above = refOf(properties.parent ?? properties.parentVApp ?? properties.parentFolder);
    // Every vApp has one of the two, so that it is only hidden from this user.
    if (above === undefined && folder.ref.type === "VirtualApp") return undefined;
    // The root folder has a name of its own ("Datacenters") that no inventory path begins with.
    if (above !== undefined) names.unshift(name);
    parent = above;
  }
  return `/${names.join("/")}`;
}

function refOf(value: XmlValue): { type: string; id: string } | undefined {
  const id = text(value);
  return id ? { type: text(element(value)?.["@type"]) ?? "", id } : undefined;
}
