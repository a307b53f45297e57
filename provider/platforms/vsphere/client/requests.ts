import { escapeXml } from "./xml";

/** A managed object reference: `{ type: "VirtualMachine", id: "vm-42" }`. */
export interface Ref {
  type: string;
  id: string;
}

/** A request's name and the XML of its body. vCenter requires elements in the order of the WSDL's sequences. */
export interface VimRequest {
  method: string;
  body: string;
}

const tag = (name: string, value: string | number | boolean) => `<${name}>${escapeXml(String(value))}</${name}>`;
const optional = (name: string, value: string | undefined) => (value === undefined ? "" : tag(name, value));
const ref = (name: string, { type, id }: Ref) => `<${name} type="${escapeXml(type)}">${escapeXml(id)}</${name}>`;

function request(method: string, self: Ref, content = ""): VimRequest {
  return { method, body: `<${method} xmlns="urn:vim25">${ref("_this", self)}${content}</${method}>` };
}

/** The SOAP envelope around a request's body. */
export function envelope({ body }: VimRequest): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">' +
    `<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`
  );
}

const vm = (id: string): Ref => ({ type: "VirtualMachine", id });
const snapshot = (id: string): Ref => ({ type: "VirtualMachineSnapshot", id });

export const retrieveServiceContent = () =>
  request("RetrieveServiceContent", { type: "ServiceInstance", id: "ServiceInstance" });

export const login = (sessionManager: Ref, userName: string, password: string) =>
  request("Login", sessionManager, tag("userName", userName) + tag("password", password));

export const logout = (sessionManager: Ref) => request("Logout", sessionManager);

export const findByInventoryPath = (searchIndex: Ref, inventoryPath: string) =>
  request("FindByInventoryPath", searchIndex, tag("inventoryPath", inventoryPath));

/** All, so that two VMs with the same BIOS UUID (a copied VM) are found. */
export const findAllByUuid = (searchIndex: Ref, uuid: string, instanceUuid: boolean) =>
  request("FindAllByUuid", searchIndex, tag("uuid", uuid) + tag("vmSearch", true) + tag("instanceUuid", instanceUuid));

export interface QuiesceSpec {
  /** Minutes, 5 to 240. */
  timeout: number;
}

const guestQuiesceSpec = ({ timeout }: QuiesceSpec) =>
  `<quiesceSpec xsi:type="VirtualMachineGuestQuiesceSpec">${tag("timeout", timeout)}</quiesceSpec>`;

/** CreateSnapshot_Task is deprecated since vSphere 8.0 in favour of this. */
export const createSnapshotEx = (
  vmId: string,
  name: string,
  description: string,
  memory: boolean,
  quiesce?: QuiesceSpec,
) =>
  request(
    "CreateSnapshotEx_Task",
    vm(vmId),
    tag("name", name) +
      tag("description", description) +
      tag("memory", memory) +
      (quiesce ? guestQuiesceSpec(quiesce) : ""),
  );

/** For servers before API 6.5, which lack CreateSnapshotEx_Task. They have no time limit for quiescing. */
export const createSnapshot = (vmId: string, name: string, description: string, memory: boolean, quiesce: boolean) =>
  request(
    "CreateSnapshot_Task",
    vm(vmId),
    tag("name", name) + tag("description", description) + tag("memory", memory) + tag("quiesce", quiesce),
  );

export const renameSnapshot = (snapshotId: string, name: string | undefined, description: string | undefined) =>
  request("RenameSnapshot", snapshot(snapshotId), optional("name", name) + optional("description", description));

/** `consolidate` is always sent: its default is true. */
export const removeSnapshot = (snapshotId: string, removeChildren: boolean, consolidate: boolean) =>
  request(
    "RemoveSnapshot_Task",
    snapshot(snapshotId),
    tag("removeChildren", removeChildren) + tag("consolidate", consolidate),
  );

export const removeAllSnapshots = (vmId: string, consolidate: boolean) =>
  request("RemoveAllSnapshots_Task", vm(vmId), tag("consolidate", consolidate));

export const revertToSnapshot = (snapshotId: string, suppressPowerOn: boolean) =>
  request("RevertToSnapshot_Task", snapshot(snapshotId), tag("suppressPowerOn", suppressPowerOn));

export const consolidateVMDisks = (vmId: string) => request("ConsolidateVMDisks_Task", vm(vmId));

export const estimateConsolidation = (vmId: string) => request("EstimateStorageForConsolidateSnapshots_Task", vm(vmId));

/** Properties to read, by type, and the objects to start from. */
export interface ReadSpec {
  properties: Record<string, readonly string[]>;
  objects: readonly { ref: Ref; skip?: boolean; select?: string }[];
  /** One object that does not exist makes the whole read a fault. @default false: it is omitted */
  strict?: boolean;
}

/** Follows a property of objects of a type, and then other traversals by name. */
function traversal(name: string, type: string, path: string, next: readonly string[]): string {
  const selects = next.map((other) => `<selectSet>${tag("name", other)}</selectSet>`).join("");
  const along = tag("name", name) + tag("type", type) + tag("path", path) + tag("skip", false);
  return `<selectSet xsi:type="TraversalSpec">${along}${selects}</selectSet>`;
}

/**
 * From a VM up to the root folder, for its inventory path. A VM in a vApp has no `parent`, and the `parent` of a vApp is a resource pool:
 * `parentVApp` leads up from vApp to vApp, and `parentFolder` from the outermost one to its folder.
 */
const ANCESTORS =
  traversal("up", "ManagedEntity", "parent", ["up"]) +
  traversal("vapp-of-vm", "VirtualMachine", "parentVApp", ["vapp-of-vapp", "folder-of-vapp"]) +
  traversal("vapp-of-vapp", "VirtualApp", "parentVApp", ["vapp-of-vapp", "folder-of-vapp"]) +
  traversal("folder-of-vapp", "VirtualApp", "parentFolder", ["up"]);

/** From a VM to its recent tasks, running or ended. */
const RECENT_TASKS = traversal("task", "VirtualMachine", "recentTask", []);

/** From a VM to the objects that are read with it. */
export const VM_SURROUNDINGS = ANCESTORS + RECENT_TASKS;

function descendants(withTasks: boolean): string {
  const [tasks, more] = withTasks ? [["task"], RECENT_TASKS] : [[], ""];
  return (
    traversal("folder", "Folder", "childEntity", ["folder", "datacenter", "vapp", "inner-vapp", ...tasks]) +
    traversal("datacenter", "Datacenter", "vmFolder", ["folder"]) +
    traversal("vapp", "VirtualApp", "vm", tasks) +
    traversal("inner-vapp", "VirtualApp", "resourcePool", ["vapp", "inner-vapp"]) +
    more
  );
}

/** From the root folder down to every VM. */
export const DESCENDANTS = descendants(false);

/** From the root folder down to every VM and its recent tasks. */
export const DESCENDANTS_WITH_TASKS = descendants(true);

export function retrieveProperties(collector: Ref, spec: ReadSpec, maxObjects?: number): VimRequest {
  const propSet = Object.entries(spec.properties).map(
    ([type, paths]) => `<propSet>${tag("type", type)}${paths.map((path) => tag("pathSet", path)).join("")}</propSet>`,
  );
  const objectSet = spec.objects.map(
    ({ ref: object, skip = false, select = "" }) =>
      `<objectSet>${ref("obj", object)}${tag("skip", skip)}${select}</objectSet>`,
  );
  // Without reportMissingObjectsInResults one deleted VM fails the read of all the others.
  const specSet = `<specSet>${propSet.join("")}${objectSet.join("")}${tag("reportMissingObjectsInResults", !spec.strict)}</specSet>`;
  const options =
    maxObjects === undefined ? "<options></options>" : `<options>${tag("maxObjects", maxObjects)}</options>`;
  return request("RetrievePropertiesEx", collector, specSet + options);
}

export const continueRetrieve = (collector: Ref, token: string) =>
  request("ContinueRetrievePropertiesEx", collector, tag("token", token));

export const cancelRetrieve = (collector: Ref, token: string) =>
  request("CancelRetrievePropertiesEx", collector, tag("token", token));
