import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as requests from "./requests";

/*
 * The XML of every request, kept as text. vCenter demands the order of the WSDL's sequences, which the simulator does not
 * check: these literals are what holds the order.
 */

const MANAGER = { type: "SessionManager", id: "SessionManager" };
const INDEX = { type: "SearchIndex", id: "SearchIndex" };
const COLLECTOR = { type: "PropertyCollector", id: "propertyCollector" };

const VM = '<_this type="VirtualMachine">vm-42</_this>';
const SNAPSHOT = '<_this type="VirtualMachineSnapshot">snapshot-7</_this>';
const THE_COLLECTOR = '<_this type="PropertyCollector">propertyCollector</_this>';

const golden: Record<string, [requests.VimRequest, string]> = {
  RetrieveServiceContent: [
    requests.retrieveServiceContent(),
    '<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></RetrieveServiceContent>',
  ],
  Login: [
    requests.login(MANAGER, "EXAMPLE\\admin", "p&ss<>\"'"),
    `<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this><userName>EXAMPLE\\admin</userName><password>p&amp;ss&lt;&gt;&quot;'</password></Login>`,
  ],
  Logout: [
    requests.logout(MANAGER),
    '<Logout xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></Logout>',
  ],
  FindByInventoryPath: [
    requests.findByInventoryPath(INDEX, "DC0/vm/a%2fb"),
    '<FindByInventoryPath xmlns="urn:vim25"><_this type="SearchIndex">SearchIndex</_this><inventoryPath>DC0/vm/a%2fb</inventoryPath></FindByInventoryPath>',
  ],
  FindAllByUuid: [
    requests.findAllByUuid(INDEX, "265104de-1472-547c-b873-6dc7883fb6cb", true),
    '<FindAllByUuid xmlns="urn:vim25"><_this type="SearchIndex">SearchIndex</_this><uuid>265104de-1472-547c-b873-6dc7883fb6cb</uuid><vmSearch>true</vmSearch><instanceUuid>true</instanceUuid></FindAllByUuid>',
  ],
  "CreateSnapshotEx_Task, quiesced": [
    requests.createSnapshotEx("vm-42", "r1", "before the update", false, { timeout: 15 }),
    `<CreateSnapshotEx_Task xmlns="urn:vim25">${VM}<name>r1</name><description>before the update</description><memory>false</memory><quiesceSpec xsi:type="VirtualMachineGuestQuiesceSpec"><timeout>15</timeout></quiesceSpec></CreateSnapshotEx_Task>`,
  ],
  "CreateSnapshotEx_Task, with memory": [
    requests.createSnapshotEx("vm-42", "r1", "", true, undefined),
    `<CreateSnapshotEx_Task xmlns="urn:vim25">${VM}<name>r1</name><description></description><memory>true</memory></CreateSnapshotEx_Task>`,
  ],
  CreateSnapshot_Task: [
    requests.createSnapshot("vm-42", "r1", "d", false, true),
    `<CreateSnapshot_Task xmlns="urn:vim25">${VM}<name>r1</name><description>d</description><memory>false</memory><quiesce>true</quiesce></CreateSnapshot_Task>`,
  ],
  "RenameSnapshot, both": [
    requests.renameSnapshot("snapshot-7", "new", "words"),
    `<RenameSnapshot xmlns="urn:vim25">${SNAPSHOT}<name>new</name><description>words</description></RenameSnapshot>`,
  ],
  "RenameSnapshot, the name only": [
    requests.renameSnapshot("snapshot-7", "new", undefined),
    `<RenameSnapshot xmlns="urn:vim25">${SNAPSHOT}<name>new</name></RenameSnapshot>`,
  ],
  "RenameSnapshot, the description made empty": [
    requests.renameSnapshot("snapshot-7", undefined, ""),
    `<RenameSnapshot xmlns="urn:vim25">${SNAPSHOT}<description></description></RenameSnapshot>`,
  ],
  "RemoveSnapshot_Task, consolidating": [
    requests.removeSnapshot("snapshot-7", false, true),
    `<RemoveSnapshot_Task xmlns="urn:vim25">${SNAPSHOT}<removeChildren>false</removeChildren><consolidate>true</consolidate></RemoveSnapshot_Task>`,
  ],
  "RemoveSnapshot_Task, keeping the disks": [
    requests.removeSnapshot("snapshot-7", true, false),
    `<RemoveSnapshot_Task xmlns="urn:vim25">${SNAPSHOT}<removeChildren>true</removeChildren><consolidate>false</consolidate></RemoveSnapshot_Task>`,
  ],
  RemoveAllSnapshots_Task: [
    requests.removeAllSnapshots("vm-42", true),
    `<RemoveAllSnapshots_Task xmlns="urn:vim25">${VM}<consolidate>true</consolidate></RemoveAllSnapshots_Task>`,
  ],
  RevertToSnapshot_Task: [
    requests.revertToSnapshot("snapshot-7", true),
    `<RevertToSnapshot_Task xmlns="urn:vim25">${SNAPSHOT}<suppressPowerOn>true</suppressPowerOn></RevertToSnapshot_Task>`,
  ],
  ConsolidateVMDisks_Task: [
    requests.consolidateVMDisks("vm-42"),
    `<ConsolidateVMDisks_Task xmlns="urn:vim25">${VM}</ConsolidateVMDisks_Task>`,
  ],
  EstimateStorageForConsolidateSnapshots_Task: [
    requests.estimateConsolidation("vm-42"),
    `<EstimateStorageForConsolidateSnapshots_Task xmlns="urn:vim25">${VM}</EstimateStorageForConsolidateSnapshots_Task>`,
  ],
  "RetrievePropertiesEx of two types": [
    requests.retrieveProperties(COLLECTOR, {
      properties: { VirtualMachine: ["name", "snapshot"], Task: ["info.state"] },
      objects: [
        { ref: { type: "VirtualMachine", id: "vm-42" }, select: requests.VM_SURROUNDINGS },
        { ref: { type: "Task", id: "task-1" } },
      ],
    }),
    `<RetrievePropertiesEx xmlns="urn:vim25">${THE_COLLECTOR}<specSet><propSet><type>VirtualMachine</type><pathSet>name</pathSet><pathSet>snapshot</pathSet></propSet><propSet><type>Task</type><pathSet>info.state</pathSet></propSet>` +
      '<objectSet><obj type="VirtualMachine">vm-42</obj><skip>false</skip>' +
      '<selectSet xsi:type="TraversalSpec"><name>up</name><type>ManagedEntity</type><path>parent</path><skip>false</skip><selectSet><name>up</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>vapp-of-vm</name><type>VirtualMachine</type><path>parentVApp</path><skip>false</skip><selectSet><name>vapp-of-vapp</name></selectSet><selectSet><name>folder-of-vapp</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>vapp-of-vapp</name><type>VirtualApp</type><path>parentVApp</path><skip>false</skip><selectSet><name>vapp-of-vapp</name></selectSet><selectSet><name>folder-of-vapp</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>folder-of-vapp</name><type>VirtualApp</type><path>parentFolder</path><skip>false</skip><selectSet><name>up</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>task</name><type>VirtualMachine</type><path>recentTask</path><skip>false</skip></selectSet>' +
      '</objectSet><objectSet><obj type="Task">task-1</obj><skip>false</skip></objectSet>' +
      "<reportMissingObjectsInResults>true</reportMissingObjectsInResults></specSet><options></options></RetrievePropertiesEx>",
  ],
  "RetrievePropertiesEx of one object that must exist": [
    requests.retrieveProperties(COLLECTOR, {
      properties: { VirtualMachine: ["name"] },
      objects: [{ ref: { type: "VirtualMachine", id: "vm-42" }, skip: true }],
      strict: true,
    }),
    `<RetrievePropertiesEx xmlns="urn:vim25">${THE_COLLECTOR}<specSet><propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet><obj type="VirtualMachine">vm-42</obj><skip>true</skip></objectSet><reportMissingObjectsInResults>false</reportMissingObjectsInResults></specSet><options></options></RetrievePropertiesEx>`,
  ],
  "RetrievePropertiesEx of everything below a folder, by pages": [
    requests.retrieveProperties(
      COLLECTOR,
      {
        properties: { VirtualMachine: ["name"] },
        objects: [{ ref: { type: "Folder", id: "group-d1" }, select: requests.DESCENDANTS_WITH_TASKS }],
      },
      500,
    ),
    `<RetrievePropertiesEx xmlns="urn:vim25">${THE_COLLECTOR}<specSet><propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet><obj type="Folder">group-d1</obj><skip>false</skip>` +
      '<selectSet xsi:type="TraversalSpec"><name>folder</name><type>Folder</type><path>childEntity</path><skip>false</skip><selectSet><name>folder</name></selectSet><selectSet><name>datacenter</name></selectSet><selectSet><name>vapp</name></selectSet><selectSet><name>inner-vapp</name></selectSet><selectSet><name>task</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>datacenter</name><type>Datacenter</type><path>vmFolder</path><skip>false</skip><selectSet><name>folder</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>vapp</name><type>VirtualApp</type><path>vm</path><skip>false</skip><selectSet><name>task</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>inner-vapp</name><type>VirtualApp</type><path>resourcePool</path><skip>false</skip><selectSet><name>vapp</name></selectSet><selectSet><name>inner-vapp</name></selectSet></selectSet>' +
      '<selectSet xsi:type="TraversalSpec"><name>task</name><type>VirtualMachine</type><path>recentTask</path><skip>false</skip></selectSet>' +
      "</objectSet><reportMissingObjectsInResults>true</reportMissingObjectsInResults></specSet><options><maxObjects>500</maxObjects></options></RetrievePropertiesEx>",
  ],
  ContinueRetrievePropertiesEx: [
    requests.continueRetrieve(COLLECTOR, "0"),
    `<ContinueRetrievePropertiesEx xmlns="urn:vim25">${THE_COLLECTOR}<token>0</token></ContinueRetrievePropertiesEx>`,
  ],
  CancelRetrievePropertiesEx: [
    requests.cancelRetrieve(COLLECTOR, "0"),
    `<CancelRetrievePropertiesEx xmlns="urn:vim25">${THE_COLLECTOR}<token>0</token></CancelRetrievePropertiesEx>`,
  ],
};

describe("vim25 requests", () => {
  for (const [name, [request, xml]] of Object.entries(golden)) {
    it(name, () => {
      assert.equal(request.body, xml);
      assert.equal(request.method, /^\w+/.exec(name)?.[0]);
    });
  }

  it("keeps a golden literal of every builder", () => {
    const builders = Object.values(requests).filter((value) => typeof value === "function");
    const methods = new Set(Object.values(golden).map(([request]) => request.method));
    // The envelope is no request.
    assert.equal(methods.size, builders.length - 1);
  });

  it("stands in a SOAP envelope that declares xsi", () => {
    assert.equal(
      requests.envelope(requests.logout(MANAGER)),
      '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soapenv:Body><Logout xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></Logout></soapenv:Body></soapenv:Envelope>',
    );
  });

  it("escapes texts, and the type and id of references", () => {
    const { body } = requests.createSnapshotEx('vm<"&>', '<&>"', "one\r\ntwo", false, undefined);
    assert.match(body, /<_this type="VirtualMachine">vm&lt;&quot;&amp;&gt;<\/_this>/);
    assert.match(body, /<name>&lt;&amp;&gt;&quot;<\/name><description>one&#13;\ntwo<\/description>/);
    assert.match(requests.logout({ type: '"', id: "x" }).body, /<_this type="&quot;">x</);
  });
});
