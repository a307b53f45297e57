import { getEventListeners } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Context, lifecycles, ProcessMemory, type Values } from "../../provider/resources";
import { ConnectionPool } from "../../provider/runtime";
import { lifecycleAdapter } from "../proof/adapters/adapter";
import { type Program, up } from "../proof/run";
import { Store } from "../proof/store";
import { random } from "./random";

/** Instructions for one program of the soak. */
export interface SoakOrder {
  program: number;
  seed: number;
  milliseconds: number;
  folder: string;
  /** Ids of targets, with their connection. */
  targets: { connection: string; id: string }[];
}

/** Resources of a process between two operations, after a garbage collection. */
export interface Sample {
  files: number;
  heapMib: number;
  listeners: number;
}

export interface SoakReport {
  operations: Record<string, number>;
  /** Messages of failed operations; a later run recovers from them. */
  errors: string[];
  samples: Sample[];
  /** Ids in the states at the end, before the deletion, by target. */
  known: { target: string; platformId: string }[];
  /** What could not be deleted at the end. */
  left: string[];
}

/** Milliseconds between samples. */
const SAMPLE = 5000;
const TIMEOUTS = { create: "90s", update: "90s", delete: "90s", read: "90s" };

/** A program that calls the lifecycles with random operations, one resource for each target. */
async function soak({ program, seed, milliseconds, folder, targets }: SoakOrder): Promise<SoakReport> {
  const pool = new ConnectionPool(() => ({ environment: process.env }));
  const stop = new AbortController();
  const memory = new ProcessMemory();
  const next = random(seed + program);
  const report: SoakReport = { operations: {}, errors: [], samples: [], known: [], left: [] };
  const slots = targets.map(({ connection, id }, index) => ({
    target: id,
    store: new Store(join(folder, `${program}-${index}.json`)),
    inputs: { connection, target: { id }, name: `soak-${program}`, timeouts: TIMEOUTS } as Values,
    context: {
      driver: (name) => pool.get(name),
      signal: stop.signal,
      report: () => {},
      memory,
      identity: `urn:pulumi:dev::soak-${program}::snapstate:index:Snapshot::s${index}`,
    } satisfies Context,
  }));
  const declare = (slot: (typeof slots)[number], inputs?: Values) => {
    const declared: Program = inputs === undefined ? { type: "Snapshot" } : { type: "Snapshot", inputs };
    return up(declared, slot.store, lifecycleAdapter("Snapshot", slot.context));
  };
  const changes: [string, (slot: (typeof slots)[number]) => Promise<void>][] = [
    ["up", (slot) => declare(slot, slot.inputs)],
    ["edit", (slot) => declare(slot, Object.assign(slot.inputs, { description: `words ${next(1e6)}` }))],
    ["replace", (slot) => declare(slot, Object.assign(slot.inputs, { triggers: [String(next(1e6))] }))],
    ["delete", (slot) => declare(slot)],
    ["refresh", (slot) => refresh(slot.store, slot.context)],
  ];

  const end = performance.now() + milliseconds;
  let sampled = performance.now();
  while (performance.now() < end) {
    const slot = slots[next(slots.length)] as (typeof slots)[number];
    const [name, change] = changes[next(changes.length)] as (typeof changes)[number];
    report.operations[name] = (report.operations[name] ?? 0) + 1;
    await change(slot).catch((error: Error) => report.errors.push(`${name}: ${error.message}`));
    if (performance.now() - sampled < SAMPLE) continue;
    sampled = performance.now();
    report.samples.push(sample(stop.signal));
  }
  for (const slot of slots) {
    // A plain re-run recovers from a failure.
    await declare(slot, slot.inputs).catch((error: Error) => report.errors.push(`last up: ${error.message}`));
    const platformId = slot.store.load().resource?.outputs.platformId;
    if (typeof platformId === "string") report.known.push({ target: slot.target, platformId });
  }
  await new Promise<void>((go) => {
    process.once("message", () => go());
    process.send?.({ known: report.known });
  });
  for (const slot of slots) {
    await declare(slot).catch((error: Error) => report.left.push(`${slot.target}: ${error.message}`));
  }
  await pool.close();
  return report;
}

/** `pulumi refresh`. */
async function refresh(store: Store, context: Context): Promise<void> {
  const state = store.load();
  const { resource } = state;
  if (resource === undefined) return;
  const read = await lifecycles.Snapshot.read(resource.id, resource.outputs, context);
  store.save(read ? { ...state, resource: { ...resource, id: read.id, outputs: read.outputs } } : {});
}

function sample(signal: AbortSignal): Sample {
  for (let i = 0; i < 2; i++) globalThis.gc?.();
  return {
    files: readdirSync("/proc/self/fd").length,
    heapMib: process.memoryUsage().heapUsed / 1024 ** 2,
    listeners: getEventListeners(signal, "abort").length,
  };
}

process.once("message", (order: SoakOrder) => {
  soak(order).then((report) => process.send?.({ report }, () => process.disconnect()));
});
