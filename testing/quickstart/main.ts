import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectionPool } from "../../provider/connections";
import { getSnapshots, ProcessMemory, type SnapshotsOfTarget } from "../../provider/resources";
import { splitMarker } from "../../provider/resources/core/marker";
import { packageRoot } from "../support/package-root";
import { GoMissingError } from "../vcsim/go-missing-error";
import { startVcsim, type Vcsim, type VcsimVm } from "../vcsim/launcher";
import { pickEngine, type QuickstartEngine } from "./engines";
import { drawTree } from "./tree";

/*
 * Shows the whole life of declared snapshots on a machine that has nothing: the program in the root's index.ts, an
 * engine, and a vCenter simulator. Every claim is checked against the simulator itself, and the first that does not hold
 * ends the quickstart with exit code 1.
 */

const began = Date.now();
const say = (text: string) => process.stdout.write(`${text}\n`);
const title = (text: string) => say(`\n--- ${text}`);

class ClaimError extends Error {}

function claim(holds: boolean, what: string): void {
  if (!holds) throw new ClaimError(`This does not hold: ${what}`);
  say(`   checked on the platform: ${what}`);
}

async function main(): Promise<void> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const folder = mkdtempSync(join(tmpdir(), "snapstate-quickstart-"));
  let vcsim: Vcsim | undefined;
  try {
    say("snapstate quickstart");
    vcsim = await startSimulator();
    const engine = await pickEngine({ programDirectory: packageRoot(__dirname), folder, signal: stop.signal });
    say(`Engine:     ${engine.name}`);
    say("Hypervisor: a vCenter simulator on this machine (govmomi's, built with Go from testing/vcsim)");
    await show(vcsim, engine);
    say(`\nDone in ${Math.round((Date.now() - began) / 1000)} s. Next: README.md, "A real vCenter".`);
  } finally {
    await vcsim?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startSimulator(): Promise<Vcsim> {
  say("Starting the vCenter simulator (the first time it is built, which takes up to a minute)");
  return startVcsim({ vms: 2 });
}

async function show(vcsim: Vcsim, engine: QuickstartEngine): Promise<void> {
  const { host, port, username, password, fingerprint } = vcsim;
  const connection = { platform: "vsphere", endpoint: `https://${host}:${port}`, username, password, fingerprint };
  const connections = JSON.stringify({ default: connection });
  const [web, db] = (await vcsim.control.vms()) as [VcsimVm, VcsimVm];
  await engine.configure("snapstate:connections", connections, true);
  await engine.configure("snapstate-quickstart:vms", JSON.stringify([web.path, db.path]));
  const read = async ({ moref }: VcsimVm) => (await vcsim.control.vms()).find((vm) => vm.moref === moref) as VcsimVm;
  const run = async (command: Parameters<QuickstartEngine["run"]>[0]) => {
    if (!(await engine.run(command))) throw new ClaimError(`\`${command}\` failed`);
  };

  title("1. preview: what would be done");
  await run("preview");
  claim((await read(web)).snapshots.length + (await read(db)).snapshots.length === 0, "a preview takes no snapshot");

  title(
    "2. up: a snapshot of each VM, named after the release, a recovery point with memory, a consolidation if needed",
  );
  await run("up");
  const [taken, takenDb] = [(await read(web)).snapshots[0], (await read(db)).snapshots[0]];
  claim(taken !== undefined && taken.name === takenDb?.name, `both VMs have a snapshot named ${taken?.name}`);
  claim(taken?.children[0]?.state === "poweredOn", "the recovery point below it holds the memory of the running VM");

  title("3. the tree, as the provider reads it");
  for (const vm of [web, db]) say(drawTree(await treeOf(connections, vm)));

  title("4. somebody renames a snapshot by hand, and leaves redundant disks behind");
  await vcsim.control.renameSnapshot(web.moref, taken?.moref ?? "", { name: "do not touch" });
  await vcsim.control.setConsolidationNeeded(db.moref, true);
  say("   refresh finds both:");
  await run("refresh");
  say("   up puts the name back and consolidates:");
  await run("up");
  const mended = (await read(web)).snapshots[0];
  claim(mended?.name === taken?.name && mended?.moref === taken?.moref, "the name is back, on the same snapshot");
  claim(!(await read(db)).consolidationNeeded, "the disks are consolidated");

  title("5. an edit of the description, in place");
  await engine.configure("snapstate-quickstart:description", "release notes: see the wiki");
  await run("up");
  const edited = (await read(web)).snapshots[0];
  claim(edited?.moref === taken?.moref, "it is the same snapshot as before, not a new one");
  claim(
    splitMarker(edited?.description ?? "").description === "release notes: see the wiki",
    "its description is the new one",
  );

  title("6. destroy");
  await run("destroy");
  claim((await read(web)).snapshots.length + (await read(db)).snapshots.length === 0, "nothing is left");
}

async function treeOf(connections: string, vm: VcsimVm): Promise<SnapshotsOfTarget> {
  const pool = new ConnectionPool(() => ({ config: connections, environment: {} }));
  try {
    const context = {
      hypervisor: (name: string) => pool.get(name),
      signal: new AbortController().signal,
      report: () => {},
      memory: new ProcessMemory(),
    };
    return await getSnapshots({ connection: "default", target: vm.path }, context);
  } finally {
    await pool.close();
  }
}

main().catch((error: Error) => {
  process.exitCode = 1;
  if (error instanceof GoMissingError) {
    say(`\n${error.message}`);
    say(
      "Install Go 1.21 or newer (https://go.dev/doc/install) and run this again, or skip the simulator and point the",
    );
    say('program at a vCenter of yours: README.md, "A real vCenter".');
  } else {
    say(`\n${error instanceof ClaimError ? error.message : (error.stack ?? error.message)}`);
  }
});
