import { randomBytes, randomUUID } from "node:crypto";
import type {
  AccountRow,
  DiskOfferingRow,
  DomainRow,
  JobRow,
  OsTypeRow,
  Owned,
  ProjectRow,
  SnapshotRow,
  TemplateRow,
  VmRow,
  VmSnapshotRow,
  VolumeRow,
  ZoneRow,
} from "./records";
import { Table } from "./table";
import { OS_TYPE } from "./views/snapshots";

/** Global settings of the management server that the simulator respects. Tests can change them at any time. */
export interface Settings {
  /** `cloudstackversion`, which also determines the format of replies. @default "4.22.0.0" */
  version: string;
  /** `vmsnapshot.max`. @default 10 */
  vmSnapshotMax: number;
  /** `default.page.size`: the default and maximum page size. @default 500 */
  pageSize: number;
  /** `kvm.snapshot.enabled`: volume snapshots of running VMs on KVM. @default true, unlike the real one */
  kvmSnapshotEnabled: boolean;
  /** `kvm.vmstoragesnapshot.enabled`: VM snapshots without memory of running VMs on KVM. @default true, unlike the real one */
  kvmVmStorageSnapshotEnabled: boolean;
  /** The file-based strategy of 4.21 and later, which allows no volume snapshots beside VM snapshots. @default false */
  kvmFileBasedVmSnapshots: boolean;
  /** Newer servers use "Instance Snapshot" instead of "VM snapshot". @default "vm" */
  wording: "vm" | "instance";
  /** `enforce.post.requests.and.timestamps` of 4.21 and later. @default false */
  enforcePostAndTimestamps: boolean;
  /** Seconds by which the server's clock is ahead. @default 0 */
  clockAhead: number;
}

/** The database of one simulated cloud. */
export class CloudState {
  readonly settings: Settings;
  readonly domains = new Table<DomainRow>();
  readonly accounts = new Table<AccountRow>(2);
  readonly projects = new Table<ProjectRow>();
  readonly zones = new Table<ZoneRow>();
  readonly vms = new Table<VmRow>(3);
  readonly volumes = new Table<VolumeRow>(3);
  readonly snapshots = new Table<SnapshotRow>();
  readonly vmSnapshots = new Table<VmSnapshotRow>();
  readonly templates = new Table<TemplateRow>(200);
  readonly osTypes = new Table<OsTypeRow>();
  readonly diskOfferings = new Table<DiskOfferingRow>();
  readonly jobs = new Table<JobRow>();

  constructor(settings: Partial<Settings> = {}) {
    this.settings = {
      version: "4.22.0.0",
      vmSnapshotMax: 10,
      pageSize: 500,
      kvmSnapshotEnabled: true,
      clockAhead: 0,
      kvmVmStorageSnapshotEnabled: true,
      kvmFileBasedVmSnapshots: false,
      wording: "vm",
      enforcePostAndTimestamps: false,
      ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    };
    this.domains.add({ name: "ROOT", path: "/" });
    this.domains.add({ name: "tenants", path: "/tenants/" });
    this.zones.add({ name: "z1" });
    this.osTypes.add(OS_TYPE);
    this.osTypes.add({ name: "Debian GNU/Linux 12 (64-bit)" });
    this.diskOfferings.add({ name: "Small", sizeBytes: 5 * GIB });
    this.diskOfferings.add({ name: "Custom" });
  }

  addAccount(account: {
    name: string;
    role?: AccountRow["role"];
    apiKey?: string;
    secretKey?: string;
    limits?: AccountRow["limits"];
  }): AccountRow {
    const role = account.role ?? "User";
    const domains = this.domains.filter();
    return this.accounts.add({
      name: account.name,
      role,
      domain: (role === "Admin" ? domains[0] : domains[1]) as DomainRow,
      userId: randomUUID(),
      apiKey: account.apiKey ?? randomKey(),
      secretKey: account.secretKey ?? randomKey(),
      state: "enabled",
      limits: account.limits ?? {},
    });
  }

  /** Whether a caller may access it: users their own objects and those of their projects; an admin all. */
  mayTouch(account: AccountRow, row: Pick<Owned, "account" | "project">): boolean {
    if (account.role === "Admin") return true;
    return row.project === undefined ? row.account === account : row.project.members.includes(account);
  }

  /** The VM's existing snapshots. */
  vmSnapshotsOf(vm: VmRow): VmSnapshotRow[] {
    return this.vmSnapshots.filter((row) => row.vm === vm);
  }

  volumesOf(vm: VmRow): VolumeRow[] {
    return this.volumes.filter((row) => row.vm === vm);
  }

  /** The VM's volume snapshots in one of these states. */
  volumeSnapshotsOf(vm: VmRow, states?: SnapshotRow["state"][]): SnapshotRow[] {
    return this.snapshots.filter((row) => row.volume.vm === vm && (states?.includes(row.state) ?? true));
  }
}

/** Replies of 4.22 lack some fields of 4.20. */
export function isOld({ settings }: CloudState): boolean {
  const [major = 0, minor = 0] = settings.version.split(".").map(Number);
  return major === 4 && minor < 22;
}

export const GIB = 1024 ** 3;

/** A key with the length of CloudStack's own. */
function randomKey(): string {
  return randomBytes(64).toString("base64url");
}
