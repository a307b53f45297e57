import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { Certificates } from "../../../testing/contract/certificates";
import { failure } from "../../../testing/contract/failure";
import { type ScriptedVcenter, scriptedVcenter } from "../../../testing/contract/scripted-vcenter";
import type { TargetSelector } from "../contract";
import { VsphereDriver } from "./driver";
import { vsphereSettings } from "./settings";

const UUID = "420f1f0c-0000-4000-8000-00000000000a";
const property = (name: string, value: string) => `<propSet><name>${name}</name><val>${value}</val></propSet>`;
const vm = (id: string, more = "") =>
  `<objects><obj type="VirtualMachine">${id}</obj>${property("name", `name of ${id}`)}${more}</objects>`;
const read = (content: string) => ({
  body: `<RetrievePropertiesExResponse><returnval>${content}</returnval></RetrievePropertiesExResponse>`,
});
const found = (...ids: string[]) => {
  const values = ids.map((id) => `<returnval type="VirtualMachine">${id}</returnval>`).join("");
  return { body: `<FindAllByUuidResponse>${values}</FindAllByUuidResponse>` };
};

describe("looking up a VM by UUID", () => {
  let certificates: Certificates;
  let server: ScriptedVcenter;
  let driver: VsphereDriver;

  before(() => {
    for (const name of ["HTTPS_PROXY", "https_proxy"]) delete process.env[name];
    certificates = new Certificates();
  });
  beforeEach(async () => {
    const certificate = await certificates.make();
    server = await scriptedVcenter(certificate);
    const { fingerprint } = certificate;
    const endpoint = `127.0.0.1:${server.port}`;
    driver = new VsphereDriver(vsphereSettings.parse({ endpoint, username: "u", password: "pass", fingerprint }));
  });
  afterEach(async () => {
    await driver.close();
    await server.close();
  });
  after(() => certificates.remove());

  const find = (by: TargetSelector["by"]) => driver.findTarget("snapshot", { by, value: UUID }, testCall());
  const asked = () => server.calls.filter(({ method }) => method === "FindAllByUuid").length;

  it("takes it for the instance's first, then for the BIOS's", async () => {
    server.next.set("FindAllByUuid", [found(), found("vm-1")]);
    server.next.set("RetrievePropertiesEx", [read(vm("vm-1"))]);
    assert.deepEqual(await find("any"), { id: "vm-1", name: "name of vm-1", path: "/name of vm-1" });
    assert.equal(asked(), 2);
    assert.match(server.received(), /<instanceUuid>true<\/instanceUuid>[\s\S]*<instanceUuid>false<\/instanceUuid>/);
  });

  it("asks for one kind alone when told which it is", async () => {
    for (const by of ["instance-uuid", "bios-uuid"] as const) {
      const error = await failure(find(by), "not-found");
      assert.match(error.message, new RegExp(`${by.split("-")[0]} UUID ${UUID}`));
    }
    assert.equal(asked(), 2);
    await failure(find("any"), "not-found");
  });

  it("lists both VMs that have it", async () => {
    server.next.set("FindAllByUuid", [found("vm-1", "vm-2")]);
    const uuids = (instance: string) => property("config.uuid", UUID) + property("config.instanceUuid", instance);
    server.next.set("RetrievePropertiesEx", [read(vm("vm-1", uuids("i-1")) + vm("vm-2", uuids("i-2")) + vm("vm-3"))]);
    const error = await failure(find("bios-uuid"), "ambiguous");
    for (const part of ["vm-1", "vm-2", "i-1", "i-2", "/name of vm-1"]) assert.ok(error.message.includes(part), part);
    assert.doesNotMatch(error.message, /vm-3/);
  });

  it("finds a template too", async () => {
    server.next.set("FindAllByUuid", [found("vm-1")]);
    server.next.set("RetrievePropertiesEx", [read(vm("vm-1", property("config.template", "true")))]);
    assert.equal((await find("instance-uuid")).id, "vm-1");
  });
});
