import { request } from "node:http";
import { z } from "zod";
import {
  countsSchema,
  datastoreSchema,
  entrySchema,
  errorSchema,
  expiredSchema,
  madeSchema,
  ruleSchema,
  type VcsimDatastore,
  type VcsimEntry,
  type VcsimRule,
  type VcsimVm,
  vmSchema,
} from "./control-schema";

/** An error of the control API. */
export class VcsimControlError extends Error {
  override readonly name = "VcsimControlError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface SnapshotByHand {
  name: string;
  description?: string;
  memory?: boolean;
  quiesce?: boolean;
}

export interface VcsimHardware {
  /** Of the first disk, such as `independent_persistent`. */
  diskMode?: string;
  /** Of the first disk, such as `sharingMultiWriter`. */
  diskSharing?: string;
  /** Makes the first disk a raw device mapping. */
  rdm?: "physicalMode" | "virtualMode";
  /** Of the first SCSI controller, such as `physicalSharing`. */
  sharedBus?: string;
  /** Adds a DirectPath device. */
  passthrough?: boolean;
  /** Adds a vGPU of this profile. */
  vgpu?: string;
  /** The host's capabilities for that profile while the VM is not off. @default none */
  hostGpu?: { disk: boolean; memory: boolean };
  /**
   * Puts the first disk on a delta file without a snapshot, above its own file or another VM's; or only reports one in
   * the layout.
   */
  deltas?: "own" | "clone" | "layout";
  /** Adds an SR-IOV card. */
  sriov?: boolean;
  /** Protects the VM by Fault Tolerance. */
  faultTolerant?: boolean;
}

/** A VM's behaviour when a snapshot is to be quiesced; README.md explains the values. */
export type QuiesceMode = "as-asked" | "real" | "ignored" | "filesystem" | "application";

/** Controls a simulator, without a SOAP session. */
export class VcsimControl {
  constructor(private readonly url: string) {}

  /** Calls by method; `reset` sets them to zero. */
  calls(options: { reset?: boolean } = {}): Promise<Record<string, number>> {
    return this.#call("GET", options.reset ? "/calls?reset" : "/calls", countsSchema);
  }

  /** Calls in order of arrival. */
  journal(options: { reset?: boolean } = {}): Promise<VcsimEntry[]> {
    return this.#call("GET", options.reset ? "/journal?reset" : "/journal", z.array(entrySchema));
  }

  /** Replaces all rules, or removes them. The first matching rule applies. */
  async rules(...rules: VcsimRule[]): Promise<void> {
    await this.#call("POST", "/rules", z.unknown(), rules);
  }

  /** The current rules, with their numbers of hits. */
  rulesInForce(): Promise<(VcsimRule & { hits: number })[]> {
    return this.#call("GET", "/rules", z.array(ruleSchema.extend({ hits: z.number() })));
  }

  async delay(delay: { callMs?: number; taskMs?: number }): Promise<void> {
    await this.#call("POST", "/delay", z.unknown(), delay);
  }

  /** The result of a second snapshot task on a busy VM: it waits, or fails with TaskInProgress. */
  async busy(mode: "wait" | "call" | "task"): Promise<void> {
    await this.#call("POST", `/busy/${mode}`, z.unknown());
  }

  /** Ends all sessions on the server's side. @returns their number */
  async expireSessions(): Promise<number> {
    return (await this.#call("POST", "/sessions/expire", expiredSchema)).expired;
  }

  datastores(): Promise<VcsimDatastore[]> {
    return this.#call("GET", "/datastores", z.array(datastoreSchema));
  }

  /** Sets `summary.freeSpace`, in bytes, of a datastore given by moref or name. */
  setFreeSpace(datastore: string, freeSpace: number): Promise<VcsimDatastore> {
    return this.#call("POST", `/datastores/${encodeURIComponent(datastore)}/free`, datastoreSchema, { freeSpace });
  }

  /** All VMs in order of creation. */
  vms(): Promise<VcsimVm[]> {
    return this.#call("GET", "/vms", z.array(vmSchema));
  }

  async destroyVm(vm: string): Promise<void> {
    await this.#vm("DELETE", vm, "", z.unknown());
  }

  /** Clones a VM into a folder below /DC0/vm, by default under the same name. @returns the clone's moref */
  async cloneVm(vm: string, clone: { folder: string; name?: string }): Promise<string> {
    return (await this.#vm("POST", vm, "/clone", madeSchema, clone)).moref;
  }

  async renameVm(vm: string, name: string): Promise<void> {
    await this.#vm("POST", vm, "/rename", z.unknown(), { name });
  }

  async power(vm: string, state: "on" | "off" | "suspended"): Promise<void> {
    await this.#vm("POST", vm, `/power/${state}`, z.unknown());
  }

  /** Marks a VM, and sets the result of EstimateStorageForConsolidateSnapshots_Task. */
  async setConsolidationNeeded(vm: string, needed: boolean, requiredKb = 0): Promise<void> {
    await this.#vm("POST", vm, `/consolidation/${needed}?requiredKb=${requiredKb}`, z.unknown());
  }

  async setQuiesce(vm: string, mode: QuiesceMode): Promise<void> {
    await this.#vm("POST", vm, `/quiesce/${mode}`, z.unknown());
  }

  /** Sets `guest.toolsRunningStatus`, such as `guestToolsRunning`. */
  async setTools(vm: string, status: string): Promise<void> {
    await this.#vm("POST", vm, `/tools/${encodeURIComponent(status)}`, z.unknown());
  }

  async setHardware(vm: string, hardware: VcsimHardware): Promise<void> {
    await this.#vm("POST", vm, "/hardware", z.unknown(), hardware);
  }

  /** Moves a VM into a vApp, or into vApps within one another, the outermost first. */
  async moveIntoVApp(vm: string, names: string[]): Promise<void> {
    await this.#vm("POST", vm, "/vapp", z.unknown(), names);
  }

  /** @returns the new snapshot's moref */
  async createSnapshot(vm: string, snapshot: SnapshotByHand): Promise<string> {
    return (await this.#vm("POST", vm, "/snapshots", madeSchema, snapshot)).moref;
  }

  async removeSnapshot(vm: string, snapshot: string, options: { children?: boolean } = {}): Promise<void> {
    await this.#vm("DELETE", vm, `/snapshots/${snapshot}?children=${options.children ?? false}`, z.unknown());
  }

  async renameSnapshot(vm: string, snapshot: string, to: { name?: string; description?: string }): Promise<void> {
    await this.#vm("PATCH", vm, `/snapshots/${snapshot}`, z.unknown(), to);
  }

  async revert(vm: string, snapshot: string): Promise<void> {
    await this.#vm("POST", vm, `/revert/${snapshot}`, z.unknown());
  }

  #vm<T>(method: string, vm: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    return this.#call(method, `/vm/${encodeURIComponent(vm)}${path}`, schema, body);
  }

  async #call<T>(method: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const { status, text } = await exchange(method, this.url + path, body);
    const value: unknown = status === 200 || text.startsWith("{") ? JSON.parse(text) : { error: text.trim() };
    if (status === 200) return schema.parse(value);
    throw new VcsimControlError(status, `${method} ${path}: ${errorSchema.parse(value).error}`);
  }
}

function exchange(method: string, url: string, body: unknown): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    // A new connection for each request: none stays open and keeps a test process alive.
    const sent = request(url, { method, agent: false }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (part: string) => {
        text += part;
      });
      reply.once("error", reject);
      reply.once("end", () => resolve({ status: reply.statusCode ?? 0, text }));
    });
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
