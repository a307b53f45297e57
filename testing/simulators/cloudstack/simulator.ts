import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../http-simulator";
import { Dispatcher } from "./dispatcher";
import { Inventory, type NewVm, type NewVolume } from "./inventory";
import { Jobs, type JobTimes, type Stage } from "./jobs";
import type { AccountRow, ProjectRow, SnapshotRow, VmRow, VmSnapshotRow, VolumeRow, ZoneRow } from "./records";
import { recover } from "./recovery";
import { CloudState, type Settings } from "./state";

export interface CloudStackSimulatorOptions {
  /** Duration of a job in milliseconds. @default 40 */
  jobTime?: JobTimes;
  /** Keys of the first account, `alice`. @default random */
  apiKey?: string;
  secretKey?: string;
  /** @default 500 */
  pageSize?: number;
  /** @default "4.22.0.0" */
  version?: string;
}

/** When the server dies during a create or another job: before or after the job's row is written. */
export type CrashPoint = "allocated" | "accepted";

/**
 * A CloudStack management server over HTTP, with a domain `tenants`, an account `alice`, a zone `z1`, and whatever a
 * test adds. It refuses what the real one refuses, with the same messages.
 */
export class CloudStackSimulator extends HttpSimulator {
  readonly state: CloudState;
  readonly jobs: Jobs;
  /** The account of the given keys. */
  readonly account: AccountRow;
  private readonly inventory: Inventory;
  private readonly dispatcher: Dispatcher;
  private readonly crashes: { command: string; point: CrashPoint }[] = [];

  constructor(options: CloudStackSimulatorOptions = {}) {
    super();
    const settings: Partial<Settings> = { version: options.version, pageSize: options.pageSize };
    this.state = new CloudState(settings);
    this.account = this.state.addAccount({ name: "alice", apiKey: options.apiKey, secretKey: options.secretKey });
    this.jobs = new Jobs(this.state, options.jobTime ?? 40);
    this.inventory = new Inventory(this.state);
    this.dispatcher = new Dispatcher(this.state, this.jobs, (command, point) => this.crashAt(command, point));
  }

  /** The endpoint for clients. */
  get endpoint(): string {
    return `${this.url}/client/api`;
  }

  get apiKey(): string {
    return this.account.apiKey;
  }

  get secretKey(): string {
    return this.account.secretKey;
  }

  addZone(name: string): ZoneRow {
    return this.state.zones.add({ name });
  }

  addAccount(account: Parameters<CloudState["addAccount"]>[0]): AccountRow {
    return this.state.addAccount(account);
  }

  /** The first account becomes its member. */
  addProject(project: { name: string; account?: string }): ProjectRow {
    return this.inventory.addProject(project);
  }

  addVm(vm: NewVm): VmRow {
    return this.inventory.addVm(vm);
  }

  addVolume(volume: NewVolume = {}): VolumeRow {
    return this.inventory.addVolume(volume);
  }

  /** Adds a volume snapshot without the API. */
  addSnapshot(volume: VolumeRow, snapshot?: Parameters<Inventory["addSnapshot"]>[1]): SnapshotRow {
    return this.inventory.addSnapshot(volume, snapshot);
  }

  /** Adds a VM snapshot without the API. */
  addVmSnapshot(vm: VmRow, snapshot?: Parameters<Inventory["addVmSnapshot"]>[1]): VmSnapshotRow {
    return this.inventory.addVmSnapshot(vm, snapshot);
  }

  /** Volumes of the VM, the root disk first. */
  volumesOf(vm: VmRow): VolumeRow[] {
    return this.state.volumesOf(vm);
  }

  /** Holds jobs of a command in one stage until the returned function is called. */
  hold(command: string, stage?: Stage): () => void {
    return this.jobs.hold(command, stage);
  }

  /**
   * Makes the next job of a command fail: `createSnapshot` at `primary` leaves a row in Error, and at `backup` none;
   * `createVMSnapshot` leaves Error, `deleteVMSnapshot` leaves Expunging.
   */
  failNext(command: string, where?: "primary" | "backup"): void {
    this.jobs.failNext(command, where);
  }

  /** Refuses the next requests with 429, like an account's API limit. */
  limitRequests(requests: number): void {
    this.dispatcher.limiter.refuse(requests);
  }

  /**
   * Simulates `kill -9`: jobs stop where they are, connections break, and further ones are refused until {@link
   * restart}.
   */
  async crash(): Promise<void> {
    this.jobs.crash();
    await this.stopListening();
  }

  /**
   * The server dies while it processes the next such command. `allocated`: after the object's row and before the job's;
   * `accepted`: after both. There is no reply in either case.
   */
  crashDuring(command: string, point: CrashPoint): void {
    this.crashes.push({ command, point });
  }

  /** Restarts the server on the same port; it treats existing rows and jobs as the real one does. */
  async restart(): Promise<void> {
    recover(this.state, this.jobs);
    await this.listenAgain();
  }

  /**
   * Runs the storage cleanup: failed and destroyed volume snapshots are removed for good, and their ids become unknown.
   */
  collectGarbage(): void {
    for (const row of this.state.snapshots.filter(({ state }) => state === "Error" || state === "Destroyed")) {
      this.state.snapshots.purge(row.id);
    }
  }

  override async close(): Promise<void> {
    this.jobs.crash();
    await super.close();
  }

  protected handle(request: SimulatedRequest): SimulatedReply {
    return this.dispatcher.handle(request);
  }

  private crashAt(command: string, point: CrashPoint): void {
    const index = this.crashes.findIndex((crash) => crash.command === command && crash.point === point);
    if (index < 0) return;
    this.crashes.splice(index, 1);
    void this.crash();
    throw new Error("The simulated server was killed");
  }
}
