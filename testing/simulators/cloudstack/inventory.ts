import type { Hypervisor, ProjectRow, SnapshotRow, VmRow, VmSnapshotRow, VmState, VolumeRow } from "./records";
import { type CloudState, GIB } from "./state";
import { compactTime } from "./views/common";

/*
 * Existing objects of a simulated cloud, created without the API, its limits and its jobs. Zones, projects and accounts
 * are selected by name.
 */

export interface NewVm {
  name: string;
  /** @default the first zone */
  zone?: string;
  /** @default "KVM" */
  driver?: Hypervisor;
  /** @default "Running" */
  powerState?: VmState;
  /** Name of the project that owns it. */
  project?: string;
  /** Name of the account that owns it. @default the simulator's own */
  account?: string;
  /** Data disks, besides the root disk. */
  disks?: NewDisk[];
  /** @default {} */
  root?: Partial<NewDisk>;
  /** Whether qemu-guest-agent answers. @default true */
  guestAgent?: boolean;
  /** @default false */
  vgpu?: boolean;
  id?: string;
}

export interface NewDisk {
  /** @default `DATA-<number>`, or `ROOT-<number of the VM>` */
  name?: string;
  /** @default 5 for data disks, 2 for root disks */
  sizeGib?: number;
  format?: VolumeRow["format"];
  encrypted?: boolean;
  managed?: boolean;
  /** Whether its storage can quiesce the VM for a snapshot. @default false */
  quiesces?: boolean;
  id?: string;
}

export interface NewVolume extends NewDisk {
  zone?: string;
  project?: string;
  account?: string;
  /** `Allocated` until it is attached the first time. @default "Allocated" */
  state?: VolumeRow["state"];
}

const FORMATS: Record<Hypervisor, VolumeRow["format"]> = {
  KVM: "QCOW2",
  VMware: "OVA",
  XenServer: "VHD",
  Simulator: "RAW",
};

export class Inventory {
  constructor(private readonly state: CloudState) {}

  addVm(vm: NewVm): VmRow {
    const { state } = this;
    const owner = this.owner(vm);
    const hypervisor = vm.driver ?? "KVM";
    const row = state.vms.add({
      ...owner,
      ...(vm.id !== undefined && { id: vm.id }),
      name: vm.name,
      displayName: vm.name,
      instanceName: "",
      zone: named(state.zones.filter(), vm.zone),
      hypervisor,
      state: vm.powerState ?? "Running",
      updated: new Date(),
      guestAgent: vm.guestAgent ?? true,
      vgpu: vm.vgpu ?? false,
      tags: [],
    });
    row.instanceName = `i-${row.account.number}-${row.number}-VM`;
    this.addDisk(row, { name: `ROOT-${row.number}`, sizeGib: 2, ...vm.root }, 0);
    for (const [index, disk] of (vm.disks ?? []).entries()) this.addDisk(row, disk, index + 1);
    return row;
  }

  /** A data volume that is not attached. */
  addVolume(volume: NewVolume): VolumeRow {
    return this.state.volumes.add({
      ...this.owner(volume),
      ...(volume.id !== undefined && { id: volume.id }),
      name: volume.name ?? "data",
      type: "DATADISK",
      zone: named(this.state.zones.filter(), volume.zone),
      sizeBytes: (volume.sizeGib ?? 5) * GIB,
      state: volume.state ?? "Allocated",
      offering: this.state.diskOfferings.filter()[0],
      format: volume.format ?? "QCOW2",
      encrypted: volume.encrypted ?? false,
      managed: volume.managed ?? false,
      quiesces: volume.quiesces ?? false,
      tags: [],
    });
  }

  /** An existing volume snapshot. */
  addSnapshot(
    volume: VolumeRow,
    snapshot: Partial<Pick<SnapshotRow, "name" | "state" | "created" | "type" | "tags">> = {},
  ): SnapshotRow {
    return this.state.snapshots.add({
      account: volume.account,
      project: volume.project,
      volume,
      name: snapshot.name ?? `${volume.vm?.name ?? "detached"}_${volume.name}_${compactTime(new Date())}`,
      state: snapshot.state ?? "BackedUp",
      zones: [volume.zone],
      sizeBytes: 0,
      type: snapshot.type ?? "MANUAL",
      tags: snapshot.tags ?? [],
      ...(snapshot.created !== undefined && { created: snapshot.created }),
    });
  }

  /** An existing VM snapshot; it becomes the current one. */
  addVmSnapshot(
    vm: VmRow,
    snapshot: Partial<Pick<VmSnapshotRow, "displayName" | "description" | "state" | "type" | "created">> = {},
  ): VmSnapshotRow {
    const siblings = this.state.vmSnapshotsOf(vm);
    const parent = siblings.find((row) => row.current);
    const state = snapshot.state ?? "Ready";
    if (state === "Ready") for (const row of siblings) row.current = false;
    const name = `${vm.instanceName}_VS_${compactTime(snapshot.created ?? new Date())}`;
    return this.state.vmSnapshots.add({
      account: vm.account,
      project: vm.project,
      name,
      displayName: snapshot.displayName ?? name,
      description: snapshot.description,
      vm,
      state,
      type: snapshot.type ?? "Disk",
      current: state === "Ready",
      parent: state === "Ready" ? parent : undefined,
      tags: [],
      ...(snapshot.created !== undefined && { created: snapshot.created }),
    });
  }

  addProject(project: { name: string; account?: string }): ProjectRow {
    const owner = named(this.state.accounts.filter(), project.account);
    return this.state.projects.add({ name: project.name, displayText: project.name, owner, members: [owner] });
  }

  private addDisk(vm: VmRow, disk: NewDisk, deviceId: number): void {
    const row = this.state.volumes.add({
      account: vm.account,
      project: vm.project,
      ...(disk.id !== undefined && { id: disk.id }),
      name: disk.name ?? "",
      type: deviceId === 0 ? "ROOT" : "DATADISK",
      zone: vm.zone,
      vm,
      deviceId,
      attached: new Date(),
      sizeBytes: (disk.sizeGib ?? 5) * GIB,
      state: "Ready",
      ...(deviceId > 0 && { offering: this.state.diskOfferings.filter()[0] }),
      format: disk.format ?? FORMATS[vm.hypervisor],
      encrypted: disk.encrypted ?? false,
      managed: disk.managed ?? false,
      quiesces: disk.quiesces ?? false,
      tags: [],
    });
    if (disk.name === undefined) row.name = `DATA-${row.number}`;
  }

  private owner(of: { account?: string; project?: string }) {
    const project = of.project === undefined ? undefined : named(this.state.projects.filter(), of.project);
    return { account: project?.owner ?? named(this.state.accounts.filter(), of.account), project };
  }
}

function named<R extends { name: string }>(rows: readonly R[], name: string | undefined): R {
  const row = name === undefined ? rows[0] : rows.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`The simulator has nothing named ${JSON.stringify(name)}`);
  return row;
}
