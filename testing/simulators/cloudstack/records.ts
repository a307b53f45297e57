/*
 * Rows of the simulated cloud, as in the management server's database. Tests read and change them directly, like an
 * operator with SQL.
 */

export interface Row {
  /** UUID, the id in the API. */
  id: string;
  /** The database's id, which appears in error messages. */
  number: number;
  created: Date;
  /** Removed rows are kept for a while, and lists return `{}` for them. @default false */
  removed?: boolean;
}

/** Owner: always an account; with a project, only the project. */
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
  /** Allowed API calls: `Admin` is root admin. */
  role: "User" | "Admin";
  domain: DomainRow;
  userId: string;
  apiKey: string;
  secretKey: string;
  state: "enabled" | "disabled";
  /** Quotas; undefined means no limit. */
  limits: { snapshot?: number; volume?: number; template?: number };
}

export interface DomainRow extends Row {
  name: string;
  /** Path in replies: `/tenants/`. */
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
  /** It prevents snapshots with memory. */
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
  /** Its storage can quiesce the VM for a snapshot. */
  quiesces: boolean;
  /** It is on managed storage, where `locationtype` can be set. */
  managed: boolean;
  /** For a data disk. */
  offering?: DiskOfferingRow;
  /** Id of its source. */
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
  /** The name given by the caller. */
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
  /** Undefined: the caller sets the size. */
  sizeBytes?: number;
}

/** A guest operating system; every template has one. */
export interface OsTypeRow extends Row {
  name: string;
}

export interface JobRow extends Row {
  /** The API command's name. */
  command: string;
  /** The Java class in `cmd`. */
  commandClass: string;
  account: AccountRow;
  status: 0 | 1 | 2 | 3;
  resultCode: number;
  result?: object;
  instance?: { type: "Snapshot" | "VmSnapshot" | "Volume" | "Template" | "VirtualMachine"; id?: string };
  completed?: Date;
}
