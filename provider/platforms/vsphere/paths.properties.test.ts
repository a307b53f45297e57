import assert from "node:assert/strict";
import { describe } from "node:test";
import fc from "fast-check";
import { property, textOf } from "../../../testing/fuzz/properties";
import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { escapeName, unescapeName } from "./names";
import { inventoryPath } from "./paths";

function object(type: string, id: string, name: string | undefined, parent?: string): ObjectContent {
  const above = parent === undefined ? {} : { parent: { "#text": parent, "@type": "Folder" } };
  return { ref: { type, id }, properties: { ...(name === undefined ? {} : { name }), ...above } };
}

const around = (list: ObjectContent[]) => new Map(list.map((one) => [key(one.ref), one]));
const name = textOf("a", "/", "\\", "%", "%2f", "%25", "%5C").filter((text) => text !== "");

describe("inventory paths, for any names and any parents", () => {
  property(
    "inventory paths of vSphere: the parts of a path are the names of the folders, whatever they hold",
    fc.array(name, { minLength: 1, maxLength: 6 }),
    (names) => {
      const folders = names.map((one, at) =>
        object("Folder", `f${at}`, escapeName(one), at === 0 ? "root" : `f${at - 1}`),
      );
      const [vm, ...above] = folders.reverse() as [ObjectContent, ...ObjectContent[]];
      const path = inventoryPath(vm, around([object("Folder", "root", "Datacenters"), ...above]));
      assert.deepEqual(path?.split("/").slice(1).map(unescapeName), names);
    },
  );

  const id = fc.constantFrom("a", "b", "c", "d");
  const folder = fc.tuple(id, fc.option(name, { nil: undefined }), fc.option(id, { nil: undefined }));
  property("inventory paths of vSphere: any parents, also in circles, have an end", fc.array(folder), (list) => {
    const folders = list.map(([own, named, parent]) => object("Folder", own, named, parent));
    const path = inventoryPath(object("VirtualMachine", "vm-1", "web", "a"), around(folders));
    assert.ok(path === undefined || path.startsWith("/"));
  });
});
