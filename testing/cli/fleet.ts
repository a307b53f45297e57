import { getSnapshotReport, type SnapshotReport } from "../../provider/resources";
import { firstMarker } from "../../provider/resources/shared/marker";
import { testContext } from "../memory-driver/context";
import { MemoryDriver } from "../memory-driver/memory-driver";

export const NOW = Date.parse("2026-06-15T12:00:00.000Z");
const HOUR = 3_600_000;
const GIB = 2 ** 30;
const marker = firstMarker("owner");

interface Planned {
  name: string;
  hours: number;
  /** Name of the parent. @default the previous snapshot */
  under?: string | null;
  gib?: number;
  ttlHours?: number;
  hold?: boolean;
  foreign?: boolean;
  memory?: boolean;
  quiesced?: boolean;
  description?: string;
  series?: string;
}

/** Adds a VM with snapshots; the last one is current by default. */
function addVm(
  platform: MemoryDriver,
  name: string,
  planned: Planned[],
  more: { current?: string; needs?: boolean; power?: "on" | "off" } = {},
) {
  const id = `vm-${name.replace(/\W/g, "")}`;
  const state = platform.addVm(id, name, {
    target: { id, name: name.split("/").at(-1) ?? name, path: `/Paris/vm/${name}` },
    consolidationNeeded: more.needs ?? false,
    powerState: more.power ?? "on",
  });
  const made = new Map<string, { id: string; depth: number }>();
  let before: string | undefined;
  for (const one of planned) {
    const parent = one.under === null ? undefined : made.get(one.under ?? before ?? "");
    const notes = {
      ...(one.ttlHours === undefined ? {} : { ttlSeconds: one.ttlHours * 3600 }),
      ...(one.hold ? { hold: true } : {}),
      ...(one.series === undefined ? {} : { series: `${one.series}:abcdefghij` }),
    };
    const snapshot = platform.addSnapshot(id, {
      name: one.name,
      description: one.description ?? "",
      ...(one.foreign ? {} : { ownership: { marker, ...notes } }),
      createdAt: new Date(NOW - one.hours * HOUR).toISOString(),
      depth: (parent?.depth ?? 0) + 1,
      parentId: parent?.id,
      consistency: one.memory ? "memory" : one.quiesced ? "filesystem" : "crash",
      ...(one.gib === undefined ? {} : { sizeBytes: Math.round(one.gib * GIB) }),
    });
    made.set(one.name, { id: snapshot.id, depth: snapshot.depth });
    before = one.name;
  }
  const current = more.current === undefined ? before : more.current;
  for (const snapshot of state.snapshots)
    snapshot.isCurrent = current !== undefined && snapshot.id === made.get(current)?.id;
}

export const HOSTILE = `<img src=x onerror="document.title='owned'">`;

/** A realistic fleet: some VMs in order, some neglected, and one with hostile names. */
export function smallFleet(): MemoryDriver {
  const platform = new MemoryDriver();
  addVm(platform, "production/web-1", [
    {
      name: "before-release-41",
      hours: 150,
      gib: 4.1,
      ttlHours: 72,
      quiesced: true,
      description: "Taken by the deploy of release 41",
    },
    { name: "debug try", hours: 149, gib: 0.8, foreign: true, description: "anna: do not delete, ask me first" },
    { name: "debug try 2", hours: 140, gib: 0.3, foreign: true },
    { name: "before-release-42", hours: 30, gib: 2.4, ttlHours: 72, quiesced: true, under: "before-release-41" },
    { name: "before-release-43", hours: 3.5, gib: 1.2, ttlHours: 72, quiesced: true },
  ]);
  addVm(platform, "production/web-2", [
    { name: "before-release-43", hours: 3.5, gib: 1.1, ttlHours: 72, quiesced: true },
  ]);
  addVm(
    platform,
    "production/db-1",
    [
      {
        name: "golden",
        hours: 24 * 210,
        gib: 38,
        hold: true,
        description: "The state that the auditors saw. On hold until they are done.",
      },
      { name: "running before upgrade to 17", hours: 20, gib: 66.5, memory: true, ttlHours: 168 },
    ],
    { needs: true },
  );
  addVm(platform, "production/cache-1", []);
  addVm(
    platform,
    "lab/chain",
    Array.from({ length: 12 }, (_, index) => ({
      name: `nightly ${index + 1}`,
      hours: 24 * (12 - index) + 2,
      gib: 0.4 + ((index * 7) % 5) / 3,
      ...(index % 4 === 3 ? { foreign: true } : { series: "nightly" }),
    })),
    { power: "off" },
  );
  addVm(
    platform,
    "lab/branches",
    [
      { name: "installed", hours: 24 * 40, gib: 9, foreign: true },
      { name: "kernel 6.1", hours: 24 * 12, gib: 2, foreign: true, under: "installed" },
      { name: "kernel 6.1 tuned", hours: 24 * 11, gib: 0.4, foreign: true },
      { name: "kernel 6.1 tuned, no swap", hours: 24 * 10, gib: 0.2, foreign: true },
      { name: "kernel 6.12", hours: 24 * 2, gib: 2.2, under: "installed", ttlHours: 24 * 7 },
      { name: "kernel 6.12 tuned", hours: 20, gib: 0.5, ttlHours: 24 * 7 },
      { name: "kernel 6.12 broken", hours: 10, gib: 0.1, ttlHours: 24 * 7, under: "kernel 6.12" },
    ],
    { current: "kernel 6.12 tuned" },
  );
  addVm(platform, "lab/empty", [], { power: "off" });
  addVm(platform, `lab/${HOSTILE}`, [
    {
      name: HOSTILE,
      hours: 5,
      foreign: true,
      description: `</script><script>document.title='owned'</script>${HOSTILE}`,
    },
    { name: `"><svg onload=alert(1)>`, hours: 4, foreign: true },
    { name: "two\u001b[31m\nlines \u202egnp.exe", hours: 3, foreign: true },
    { name: "日本語の名前 😀", hours: 2 },
    { name: "", hours: 1, foreign: true },
  ]);
  return platform;
}

/** @param vms each with 20 snapshots in two branches */
export function largeFleet(vms: number): MemoryDriver {
  const platform = new MemoryDriver();
  for (let vm = 0; vm < vms; vm++) {
    const planned = Array.from(
      { length: 20 },
      (_, index): Planned => ({
        name: `snapshot ${index} of ${vm}`,
        hours: 1 + ((vm * 31 + index * 17) % 900),
        gib: ((vm + index) % 40) / 4,
        ttlHours: 100 + ((vm * index) % 2000),
        foreign: (vm + index) % 3 === 0,
        ...(index === 10 ? { under: `snapshot 4 of ${vm}` } : {}),
        description: `Taken for the run ${vm * 20 + index}`,
      }),
    );
    addVm(platform, `site-${vm % 12}/app-${vm}`, planned);
  }
  return platform;
}

export function reportOn(platform: MemoryDriver, connection = "paris"): Promise<SnapshotReport> {
  const context = testContext(platform);
  context.now = () => NOW;
  return getSnapshotReport({ connection }, context);
}
