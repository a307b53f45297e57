import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { testCall } from "../../../../testing/contract/call";
import { Certificates } from "../../../../testing/contract/certificates";
import { type ScriptedVcenter, scriptedVcenter } from "../../../../testing/contract/scripted-vcenter";
import { isSnapstateError } from "../../../core/errors";
import { vsphereSettings } from "../settings";
import { VimFaultError } from "./fault";
import { Reader } from "./reader";
import { retrieve } from "./retrieve";
import { Session } from "./session";
import { text } from "./xml";

const object = (id: string) =>
  `<objects><obj type="VirtualMachine">${id}</obj><propSet><name>name</name><val>${id}</val></propSet></objects>`;
const refused = (id: string, type: string) =>
  `<objects><obj type="VirtualMachine">${id}</obj><missingSet><path>name</path><fault><fault xsi:type="${type}"/><localizedMessage>no</localizedMessage></fault></missingSet></objects>`;
const page = (content: string, method = "RetrievePropertiesEx") => ({
  body: `<${method}Response><returnval>${content}</returnval></${method}Response>`,
});
const token = "<token>1</token>";

describe("reads that travel together", () => {
  let certificates: Certificates;
  let server: ScriptedVcenter;
  let session: Session;
  let open: () => Session;
  let reader: Reader;

  before(() => {
    for (const name of ["HTTPS_PROXY", "https_proxy"]) delete process.env[name];
    certificates = new Certificates();
  });
  beforeEach(async () => {
    const certificate = await certificates.make();
    server = await scriptedVcenter(certificate);
    const { fingerprint } = certificate;
    const endpoint = `127.0.0.1:${server.port}`;
    open = () => new Session(vsphereSettings.parse({ endpoint, username: "u", password: "pass", fingerprint }));
    session = open();
    reader = new Reader(session);
    await session.content(testCall());
    server.calls.length = 0;
  });
  afterEach(async () => {
    await session.close();
    await server.close();
  });
  after(() => certificates.remove());

  const methods = () => server.calls.map(({ method }) => method);
  const name = async (id: string) => {
    const { object: found } = await reader.read({ type: "VirtualMachine", id }, ["name"], testCall());
    return found && text(found.properties.name);
  };
  const names = (...ids: string[]) => Promise.allSettled(ids.map(name));

  it("are one call, and tell what does not exist", async () => {
    server.next.set("RetrievePropertiesEx", [page(object("vm-1") + object("vm-2"))]);
    const found = await Promise.all(["vm-1", "vm-2", "vm-3"].map(name));
    assert.deepEqual(found, ["vm-1", "vm-2", undefined]);
    assert.deepEqual(methods(), ["RetrievePropertiesEx"]);
  });

  for (const type of ["NoPermission", "InvalidProperty"]) {
    it(`suffer nothing from ${type} of one among them`, async () => {
      server.next.set("RetrievePropertiesEx", [page(object("vm-1") + refused("vm-2", type))]);
      const [one, two] = await names("vm-1", "vm-2");
      assert.deepEqual(one, { status: "fulfilled", value: "vm-1" });
      assert.equal(two?.status, "rejected");
      const { reason } = two as PromiseRejectedResult;
      assert.equal(reason instanceof VimFaultError ? reason.fault.type : reason.code, type);
    });
  }

  it("go out one by one when the server refuses them together", async () => {
    server.next.set("RetrievePropertiesEx", [
      { fault: "ManagedObjectNotFound" },
      page(object("vm-1")),
      { fault: "ManagedObjectNotFound" },
      page(object("vm-3")),
    ]);
    const settled = await names("vm-1", "vm-2", "vm-3");
    // Which of the three meets the fault is up to the order of arrival.
    assert.deepEqual(settled.map(({ status }) => status).sort(), ["fulfilled", "fulfilled", "rejected"]);
    assert.equal(methods().length, 4);
  });

  it("are made again from the first page when the session ends between two pages", async () => {
    server.next.set("RetrievePropertiesEx", [page(token + object("vm-1")), page(object("vm-1") + object("vm-2"))]);
    server.next.set("ContinueRetrievePropertiesEx", [{ fault: "NotAuthenticated" }, { fault: "InvalidProperty" }]);
    const [, two] = await names("vm-1", "vm-2");
    assert.deepEqual(two, { status: "fulfilled", value: "vm-2" });
    assert.equal(methods().filter((method) => method === "Login").length, 1);
  });

  it("are an error, and not a short answer, when a page cannot be had twice", async () => {
    server.next.set("RetrievePropertiesEx", [page(token + object("vm-1")), page(token + object("vm-1"))]);
    server.next.set("ContinueRetrievePropertiesEx", [{ fault: "InvalidProperty" }, { fault: "InvalidProperty" }]);
    const objects = [{ ref: { type: "VirtualMachine", id: "vm-1" } }];
    await assert.rejects(
      retrieve(session, { properties: { VirtualMachine: ["name"] }, objects }, testCall()),
      (error) => error instanceof VimFaultError && error.fault.type === "InvalidProperty",
    );
  });

  it("are an error when a property is refused and nobody said that it may be", async () => {
    server.next.set("RetrievePropertiesEx", [page(refused("vm-1", "SystemError"))]);
    const objects = [{ ref: { type: "VirtualMachine", id: "vm-1" } }];
    await assert.rejects(
      retrieve(session, { properties: { VirtualMachine: ["name"] }, objects }, testCall()),
      (error) => isSnapstateError(error, "protocol"),
    );
  });

  it("know a host without an instance UUID by its address", async () => {
    await session.close();
    session = open();
    const about = "<about><name>VMware ESXi</name></about>";
    server.next.set("RetrieveServiceContent", [
      { body: `<RetrieveServiceContentResponse><returnval>${about}</returnval></RetrieveServiceContentResponse>` },
    ]);
    assert.equal((await session.content(testCall())).instanceUuid, `127.0.0.1:${server.port}`);
  });
});
