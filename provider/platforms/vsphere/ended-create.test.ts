import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { Certificates } from "../../../testing/contract/certificates";
import { type ScriptedVcenter, scriptedVcenter } from "../../../testing/contract/scripted-vcenter";
import { VsphereDriver } from "./driver";
import { vsphereSettings } from "./settings";

const property = (name: string, value: string) => `<propSet><name>${name}</name>${value}</propSet>`;
const text = (name: string, value: string) => property(name, `<val>${value}</val>`);
const task = (id: string) =>
  `<objects><obj type="Task">${id}</obj>${text("info.state", "success")}${text("info.descriptionId", "VirtualMachine.createSnapshot")}${property("info.result", '<val type="VirtualMachineSnapshot">snapshot-2</val>')}</objects>`;
const vm = (tree: string) => {
  const recent = '<val><ManagedObjectReference type="Task">task-1</ManagedObjectReference></val>';
  const more = text("name", "web") + property("recentTask", recent) + property("snapshot", `<val>${tree}</val>`);
  return `<objects><obj type="VirtualMachine">vm-1</obj>${more}</objects>`;
};
const reply = (tree: string) => ({
  body: `<RetrievePropertiesExResponse><returnval>${vm(tree)}${task("task-1")}</returnval></RetrievePropertiesExResponse>`,
});
const TREE =
  '<rootSnapshotList><snapshot type="VirtualMachineSnapshot">snapshot-2</snapshot><name>one</name></rootSnapshotList>';

let certificates: Certificates;
let server: ScriptedVcenter;
let driver: VsphereDriver;

before(async () => {
  for (const name of ["HTTPS_PROXY", "https_proxy"]) delete process.env[name];
  certificates = new Certificates();
  const certificate = await certificates.make();
  server = await scriptedVcenter(certificate);
  const { fingerprint } = certificate;
  const endpoint = `127.0.0.1:${server.port}`;
  driver = new VsphereDriver(vsphereSettings.parse({ endpoint, username: "u", password: "pass", fingerprint }));
});
after(async () => {
  await driver.close();
  await server.close();
  certificates.remove();
});

const ids = async () => (await driver.inspect("snapshot", "vm-1", testCall())).snapshots.map(({ id }) => id);
const reads = () => server.calls.filter(({ method }) => method === "RetrievePropertiesEx").length;

it("a create that ends while the server reads the VM and then its tasks is seen by a second read, once", async () => {
  server.next.set("RetrievePropertiesEx", [reply(""), reply(TREE)]);
  assert.deepEqual(await ids(), ["snapshot-2"]);
  assert.equal(reads(), 2);
  // Without the snapshot from now on: it was removed since.
  server.next.set("RetrievePropertiesEx", [reply("")]);
  assert.deepEqual(await ids(), []);
  assert.equal(reads(), 3);
});
