import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../http-simulator";
import { Dispatcher } from "./dispatcher";
import { Inventory, type NewVm, type NewVolume } from "./inventory";
import { Jobs, type JobTimes, type Stage } from "./jobs";
import type { AccountRow, ProjectRow, SnapshotRow, VmRow, VmSnapshotRow, VolumeRow, ZoneRow } from "./records";
import { recover } from "./recovery";
import { CloudState, type Settings } from "./state";

export interface CloudStackSimulatorOptions {
  /** Milliseconds that a job takes. @default 40 */
  jobTime?: JobTimes;
  /** Keys of the first account, `alice`. @default random */
  apiKey?: string;
  secretKey?: string;
  /** @default 500 */
  pageSize?: number;
  /** @default "4.22.0.0" */
  version?: string;
}

/** Where the server dies while it takes a create or another job: before or after the job's row is written. */
export type CrashPoint = "allocated" | "accepted";

/**
 * A CloudStack management server over HTTP: one domain `tenants` with the account `alice`, a zone `z1`, and whatever a
 * test adds. It refuses what the real one refuses, in its words.
 */
export class CloudStackSimulator extends HttpSimulator {
  readonly state: CloudState;
  readonly jobs: Jobs;
  /** The account whose keys were given. */
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

  /** What a client is given as the address. */
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

  /** The first account is its member. */
  addProject(project: { name: string; account?: string }): ProjectRow {
    return this.inventory.addProject(project);
  }

  addVm(vm: NewVm): VmRow {
    return this.inventory.addVm(vm);
  }

  addVolume(volume: NewVolume = {}): VolumeRow {
    return this.inventory.addVolume(volume);
  }

  /** A volume snapshot that somebody took without this API. */
  addSnapshot(volume: VolumeRow, snapshot?: Parameters<Inventory["addSnapshot"]>[1]): SnapshotRow {
    return this.inventory.addSnapshot(volume, snapshot);
  }

  /** A VM snapshot that somebody took without this API. */
  addVmSnapshot(vm: VmRow, snapshot?: Parameters<Inventory["addVmSnapshot"]>[1]): VmSnapshotRow {
    return this.inventory.addVmSnapshot(vm, snapshot);
  }

  /** The root disk first. */
  volumesOf(vm: VmRow): VolumeRow[] {
    return this.state.volumesOf(vm);
  }

  /** Keeps jobs of a command in one stage until the returned function is called. */
  hold(command: string, stage?: Stage): () => void {
    return this.jobs.hold(command, stage);
  }

  /**
   * Makes the next job of a command fail: `createSnapshot` at `primary` leaves a row in Error and at `backup` none,
   * `createVMSnapshot` leaves Error, `deleteVMSnapshot` leaves Expunging.
   */
  failNext(command: string, where?: "primary" | "backup"): void {
    this.jobs.failNext(command, where);
  }

  /** Refuses the next requests with 429, as an account's API limit does. */
  limitRequests(requests: number): void {
    this.dispatcher.limiter.refuse(requests);
  }

  /** As `kill -9`: jobs stop where they are, connections break, and further ones are refused until {@link restart}. */
  async crash(): Promise<void> {
    this.jobs.crash();
    await this.stopListening();
  }

  /**
   * The next such command reaches the server and is its last. `allocated`: the row is there and no job; `accepted`: the
   * job as well. No answer comes in either case.
   */
  crashDuring(command: string, point: CrashPoint): void {
    this.crashes.push({ command, point });
  }

  /** Starts the server again on the same port, with what the real one makes of the rows and jobs that it finds. */
  async restart(): Promise<void> {
    recover(this.state, this.jobs);
    await this.listenAgain();
  }

  /** The storage cleanup: volume snapshots that failed or were destroyed are gone for good, and their ids unknown. */
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
