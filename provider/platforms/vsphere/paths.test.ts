import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { inventoryPath } from "./paths";

function object(type: string, id: string, name: string, parent?: [string, string], property = "parent"): ObjectContent {
  const above = parent && { [property]: { "#text": parent[1], "@type": parent[0] } };
  return { ref: { type, id }, properties: { name, ...above } };
}

const ROOT = object("Folder", "group-d1", "Datacenters");
const DC = object("Datacenter", "datacenter-2", "DC0", ["Folder", "group-d1"]);
const FOLDER = object("Folder", "group-v3", "vm", ["Datacenter", "datacenter-2"]);

function around(...objects: ObjectContent[]): Map<string, ObjectContent> {
  return new Map(objects.map((one) => [key(one.ref), one]));
}

describe("inventory paths", () => {
  const vm = object("VirtualMachine", "vm-1", "web%2f1", ["Folder", "group-v3"]);

  it("runs from below the root folder to the VM, names as the server shows them", () => {
    assert.equal(inventoryPath(vm, around(ROOT, DC, FOLDER)), "/DC0/vm/web%2f1");
  });

  it("is unknown when a folder cannot be seen", () => {
    assert.equal(inventoryPath(vm, around(ROOT, FOLDER)), undefined);
    const blind: ObjectContent = { ref: DC.ref, properties: {} };
    assert.equal(inventoryPath(vm, around(ROOT, blind, FOLDER)), undefined);
  });

  it("goes through vApps to the folder of the outermost one", () => {
    const vapp = object("VirtualApp", "resgroup-v9", "shop", ["Folder", "group-v3"], "parentFolder");
    const inner = object("VirtualApp", "resgroup-v10", "back", ["VirtualApp", "resgroup-v9"], "parentVApp");
    const inside = object("VirtualMachine", "vm-2", "db", ["VirtualApp", "resgroup-v10"], "parentVApp");
    assert.equal(inventoryPath(inside, around(ROOT, DC, FOLDER, vapp, inner)), "/DC0/vm/shop/back/db");
    assert.equal(inventoryPath(inside, around(ROOT, DC, FOLDER, inner)), undefined);
    const hidden: ObjectContent = { ref: vapp.ref, properties: { name: "shop" } };
    assert.equal(inventoryPath(inside, around(ROOT, DC, FOLDER, hidden, inner)), undefined);
  });

  it("ends on a loop of parents", () => {
    const loop = object("Folder", "group-v3", "vm", ["Folder", "group-v3"]);
    assert.equal(typeof inventoryPath(vm, around(loop)), "string");
  });
});
