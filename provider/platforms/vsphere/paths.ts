import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { element, text, type XmlValue } from "./client/xml";
import { unescapeName } from "./names";

/** Deeper than any inventory: limits a loop of parents in a faulty reply. */
const MAX_DEPTH = 100;

/** The displayed path: each name unescaped. */
export function displayedPath(path: string): string {
  return path.split("/").map(unescapeName).join("/");
}

/**
 * The inventory path of a VM, `/DC0/vm/prod/web-1`, from the folders above it; undefined if the user may not read one
 * of them. Names remain escaped, as FindByInventoryPath requires.
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
    // Every vApp has one of the two, so it is hidden from this user.
    if (above === undefined && folder.ref.type === "VirtualApp") return undefined;
    // The root folder's name ("Datacenters") is not part of inventory paths.
    if (above !== undefined) names.unshift(name);
    parent = above;
  }
  return `/${names.join("/")}`;
}

function refOf(value: XmlValue): { type: string; id: string } | undefined {
  const id = text(value);
  return id ? { type: text(element(value)?.["@type"]) ?? "", id } : undefined;
}
