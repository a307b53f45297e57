import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markdownTable } from "../bench/tables";
import type { RunningPlatform, Target } from "../platforms/harness";
import { qemu } from "../platforms/qemu";
import { vsphere } from "../platforms/vsphere";
import { packageRoot } from "../support/package-root";
import { leaks } from "./verdict";
import type { SoakOrder, SoakReport } from "./worker";

/*
 * `npm run soak` runs three concurrent programs, each in its own process, with random operations on one vCenter
 * simulator and one QEMU VM. `-- --minutes N` (default 30), `-- --seed N` (printed), `-- --write` updates docs/soak.md.
 */

const PROGRAMS = 3;
const VMS = 4;

function option(name: string): number | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : Number(process.argv[at + 1]);
}

async function main(): Promise<void> {
  const minutes = option("minutes") ?? 30;
  const seed = option("seed") ?? Math.floor(Math.random() * 1e6);
  process.stdout.write(`seed ${seed}, ${minutes} minutes\n`);
  const folder = mkdtempSync(join(tmpdir(), "snapstate-soak-"));
  const opened: (RunningPlatform | string)[] = [await vsphere(VMS), await qemu()];
  const platforms = opened.filter((platform): platform is RunningPlatform => typeof platform !== "string");
  for (const missing of opened.filter((platform) => typeof platform === "string"))
    process.stdout.write(`without ${missing}\n`);
  try {
    const places: { platform: RunningPlatform; target: Target; foreign: string }[] = [];
    for (const platform of platforms) {
      for (let i = 0; i < (platform.name === "qemu" ? 1 : VMS); i++) {
        const target = await platform.newTarget();
        places.push({ platform, target, foreign: await platform.takeForeign(target) });
      }
    }
    const connections = Object.fromEntries(platforms.map(({ name, connection }) => [name, connection]));
    const env = { ...process.env, SNAPSTATE_CONNECTIONS: JSON.stringify(connections), NO_PROXY: "127.0.0.1,localhost" };
    const targets = places.map(({ platform, target }) => ({ connection: platform.name, id: target.id }));
    const order = { seed, milliseconds: minutes * 60_000, folder, targets };
    const programs = Array.from({ length: PROGRAMS }, (_, program) => begin({ ...order, program }, env));

    const known = (await Promise.all(programs.map((program) => program.known))).flat();
    for (const { platform, target, foreign } of places) {
      await platform.idle(target);
      const ids = (await platform.snapshots(target)).map(({ id }) => id).sort();
      const expected = [
        foreign,
        ...known.filter((one) => one.target === target.id).map((one) => one.platformId),
      ].sort();
      assert.deepEqual(ids, expected, `${platform.name}: what is there is not what the states know`);
    }
    for (const program of programs) program.finish();
    const reports = await Promise.all(programs.map((program) => program.report));
    for (const { platform, target, foreign } of places) {
      await platform.idle(target);
      const ids = (await platform.snapshots(target)).map(({ id }) => id);
      assert.deepEqual(ids, [foreign], `${platform.name}: orphans, or somebody else's snapshot is gone`);
      assert.deepEqual(await platform.leftovers(target), []);
    }
    const text = page(minutes, seed, platforms, reports);
    process.stdout.write(`${text}\n`);
    const found = reports.flatMap(({ samples, left }) => [...leaks(samples), ...left]);
    if (found.length > 0) throw new Error(`the soak failed: ${found.join("; ")}`);
    if (process.argv.includes("--write")) writeFileSync(join(packageRoot(__dirname), "docs", "soak.md"), text);
  } finally {
    await Promise.all(platforms.map((platform) => platform.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function begin(order: SoakOrder, env: NodeJS.ProcessEnv) {
  const child = fork(join(__dirname, "worker.js"), { env, execArgv: ["--expose-gc"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`program ${order.program} ended with ${code}`);
  });
  const told = <Key extends "known" | "report">(key: Key) =>
    new Promise<{ known: SoakReport["known"]; report: SoakReport }[Key]>((resolve) => {
      child.on("message", (message: { known: SoakReport["known"]; report: SoakReport }) => {
        if (message[key] !== undefined) resolve(message[key]);
      });
    });
  const known = Promise.race([told("known"), ended]);
  const report = Promise.race([told("report"), ended]);
  // Failures are reported to those who wait; until then there may be none.
  for (const promise of [ended, known, report]) promise.catch(() => {});
  child.send(order);
  return { known, report, finish: () => child.send("finish") };
}

function page(minutes: number, seed: number, platforms: RunningPlatform[], reports: SoakReport[]): string {
  const rows = reports.map(({ operations, errors, samples }, program) => {
    const count = Object.values(operations).reduce((sum, one) => sum + one, 0);
    const range = (of: (sample: SoakReport["samples"][number]) => number) =>
      [samples[Math.floor(samples.length / 4)], samples.at(-1)]
        .map((one) => (one ? of(one).toFixed(0) : ""))
        .join(" to ");
    return [
      String(program + 1),
      String(count),
      String(errors.length),
      range(({ files }) => files),
      range(({ heapMib }) => heapMib),
      String(Math.max(0, ...samples.map(({ listeners }) => listeners))),
      leaks(samples).join("; ") || "none",
    ];
  });
  const errors = [...new Set(reports.flatMap((report) => report.errors))];
  return [
    "# Soak",
    "",
    `Made by \`npm run soak -- --minutes ${minutes} --write\` on Node ${process.version}, seed ${seed}: three programs at once, each a process of its own, on ${platforms.map(({ name }) => name).join(" and ")}, with random creates, edits, replacements, deletes and refreshes. In the end every state agreed with its platform, nothing was orphaned, and nobody else's snapshot was touched.`,
    "",
    markdownTable(["program", "operations", "failed", "open files", "heap, MiB", "listeners", "leaks"], rows),
    "",
    "Figures are of the end of the first quarter and of the last moment, after a collection of garbage. An operation that failed was put right by a later one.",
    "",
    ...(errors.length > 0
      ? [
          "Failures, each once:",
          "",
          ...errors.slice(0, 10).map((one) => `- ${one.replace(/\n/g, " ").slice(0, 300)}`),
          "",
        ]
      : []),
  ].join("\n");
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
