/*
 * What the simulated cloud holds: one row a thing, as the management server's database has it. Tests read and change
 * rows directly, as an operator with SQL would.
 */

export interface Row {
  /** UUID, the id of the API. */
  id: string;
  /** The database's own number, which shows up in error texts. */
  number: number;
  created: Date;
  /** The row is kept for a while after its end, and lists answer `{}` for it. @default false */
  removed?: boolean;
}

/** Whose it is: always an account, and with a project, only the project. */
export interface Owned extends Row {
  account: AccountRow;
  project?: ProjectRow;
  tags: Tag[];
}

export interface Tag {
  key: string;
  value: string;
}

export interface AccountRow extends Row {
  name: string;
  /** What API calls it may make: `Admin` is root admin. */
  role: "User" | "Admin";
  domain: DomainRow;
  userId: string;
  apiKey: string;
  secretKey: string;
  state: "enabled" | "disabled";
  /** Quotas; undefined is no limit. */
  limits: { snapshot?: number; volume?: number; template?: number };
}

export interface DomainRow extends Row {
  name: string;
  /** `/tenants/`, as objects show it. */
  path: string;
}

export interface ProjectRow extends Row {
  name: string;
  displayText: string;
  owner: AccountRow;
  members: AccountRow[];
}

export interface ZoneRow extends Row {
  name: string;
}

export type Hypervisor = "KVM" | "VMware" | "XenServer" | "Simulator";

export type VmState =
  | "Running"
  | "Stopped"
  | "Starting"
  | "Stopping"
  | "Migrating"
  | "Destroyed"
  | "Expunging"
  | "Error"
  | "Unknown";

export interface VmRow extends Owned {
  name: string;
  displayName: string;
  /** `i-4-3-VM`. */
  instanceName: string;
  zone: ZoneRow;
  hypervisor: Hypervisor;
  state: VmState;
  updated: Date;
  /** Whether the guest runs qemu-guest-agent; without it a quiesced snapshot fails. */
  guestAgent: boolean;
  /** Excludes memory. */
  vgpu: boolean;
}

export type VolumeState = "Allocated" | "Creating" | "Ready" | "Snapshotting" | "Resizing" | "Expunging" | "Destroy";

export interface VolumeRow extends Owned {
  name: string;
  type: "ROOT" | "DATADISK";
  zone: ZoneRow;
  vm?: VmRow;
  deviceId?: number;
  attached?: Date;
  sizeBytes: number;
  state: VolumeState;
  format: "QCOW2" | "RAW" | "VHD" | "OVA";
  encrypted: boolean;
  /** Its storage can have the VM quiesced for a snapshot. */
  quiesces: boolean;
  /** On managed storage, where `locationtype` may be chosen. */
  managed: boolean;
  /** Of a data disk. */
  offering?: DiskOfferingRow;
  /** It was made from. */
  snapshot?: SnapshotRow;
}

export type SnapshotState =
  | "Allocated"
  | "Creating"
  | "CreatedOnPrimary"
  | "BackingUp"
  | "BackedUp"
  | "Copying"
  | "Destroying"
  | "Destroyed"
  | "Error";

export interface SnapshotRow extends Owned {
  name: string;
  volume: VolumeRow;
  state: SnapshotState;
  zones: ZoneRow[];
  sizeBytes: number;
  locationType?: "PRIMARY" | "SECONDARY";
  type: "MANUAL" | "HOURLY" | "DAILY" | "WEEKLY" | "MONTHLY" | "GROUP";
}

export type VmSnapshotState =
  | "Allocated"
  | "Creating"
  | "Ready"
  | "Reverting"
  | "Expunging"
  | "Error"
  | "Hidden"
  | "Removed";

export interface VmSnapshotRow extends Owned {
  /** `i-4-3-VM_VS_20261121054553`. */
  name: string;
  /** What the caller gave as name. */
  displayName: string;
  description?: string;
  vm: VmRow;
  state: VmSnapshotState;
  type: "Disk" | "DiskAndMemory";
  current: boolean;
  parent?: VmSnapshotRow;
}

export interface TemplateRow extends Owned {
  name: string;
  displayText: string;
  zone: ZoneRow;
  hypervisor: Hypervisor;
  ready: boolean;
  format: "QCOW2" | "RAW" | "VHD" | "OVA";
  sizeBytes: number;
  osType: OsTypeRow;
  public: boolean;
  passwordEnabled: boolean;
}

export interface DiskOfferingRow extends Row {
  name: string;
  /** Undefined: the size is the caller's. */
  sizeBytes?: number;
}

/** A guest operating system, which every template must name. */
export interface OsTypeRow extends Row {
  name: string;
}

export interface JobRow extends Row {
  /** Name of the API command. */
  command: string;
  /** The Java class that `cmd` shows. */
  commandClass: string;
  account: AccountRow;
  status: 0 | 1 | 2 | 3;
  resultCode: number;
  result?: object;
  instance?: { type: "Snapshot" | "VmSnapshot" | "Volume" | "Template" | "VirtualMachine"; id?: string };
  completed?: Date;
}
