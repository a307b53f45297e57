import { decodeText } from "../../provider/platforms/ownership";
import { isBuilt } from "../vcsim/go-binary";
import { startVcsim, type Vcsim, type VcsimVm } from "../vcsim/launcher";
import type { QuickstartEngine } from "./engines";
import { claim, drawTrees, run, type Show, say, title } from "./stage";

/** A vCenter simulator: two VMs, manual drift, an edit in place. */
export async function vsphere(): Promise<Show> {
  if (!isBuilt()) say("Building the vCenter simulator with Go, once; this takes up to a minute");
  const vcsim = await startVcsim({ vms: 2 });
  return {
    driver: "a vCenter simulator on this machine (govmomi's, built with Go from testing/vcsim)",
    seen: "a preview without changes, snapshots, a change by hand found and put back, and an edit in place",
    play: (engine) => play(vcsim, engine),
    stop: () => vcsim.stop(),
  };
}

async function play(vcsim: Vcsim, engine: QuickstartEngine): Promise<void> {
  const { host, port, username, password, fingerprint } = vcsim;
  const connection = { platform: "vsphere", endpoint: `https://${host}:${port}`, username, password, fingerprint };
  const connections = JSON.stringify({ default: connection });
  const [web, db] = (await vcsim.control.vms()) as [VcsimVm, VcsimVm];
  await engine.configure("snapstate:connections", connections, true);
  await engine.configure("snapstate-quickstart:vms", JSON.stringify([web.path, db.path]));
  const read = async ({ moref }: VcsimVm) => (await vcsim.control.vms()).find((vm) => vm.moref === moref) as VcsimVm;

  title("1. preview: what would be done");
  await run(engine, "preview");
  claim((await read(web)).snapshots.length + (await read(db)).snapshots.length === 0, "a preview takes no snapshot");

  title(
    "2. up: a snapshot of each VM, named after the release, a recovery point with memory, a consolidation if needed",
  );
  await run(engine, "up");
  const [taken, takenDb] = [(await read(web)).snapshots[0], (await read(db)).snapshots[0]];
  claim(taken !== undefined && taken.name === takenDb?.name, `both VMs have a snapshot named ${taken?.name}`);
  claim(taken?.children[0]?.state === "poweredOn", "the recovery point below it holds the memory of the running VM");

  title("3. the tree, as the provider reads it");
  await drawTrees(connections, [web.path, db.path]);

  title("4. somebody renames a snapshot by hand, and leaves redundant disks behind");
  await vcsim.control.renameSnapshot(web.moref, taken?.moref ?? "", { name: "do not touch" });
  await vcsim.control.setConsolidationNeeded(db.moref, true);
  say("   refresh finds both:");
  await run(engine, "refresh");
  say("   up puts the name back and consolidates:");
  await run(engine, "up");
  const mended = (await read(web)).snapshots[0];
  claim(mended?.name === taken?.name && mended?.moref === taken?.moref, "the name is back, on the same snapshot");
  claim(!(await read(db)).consolidationNeeded, "the disks are consolidated");

  title("5. an edit of the description, in place");
  await engine.configure("snapstate-quickstart:description", "release notes: see the wiki");
  await run(engine, "up");
  const edited = (await read(web)).snapshots[0];
  claim(edited?.moref === taken?.moref, "it is the same snapshot as before, not a new one");
  claim(
    decodeText(edited?.description ?? "").description === "release notes: see the wiki",
    "its description is the new one",
  );

  title("6. destroy");
  await run(engine, "destroy");
  claim((await read(web)).snapshots.length + (await read(db)).snapshots.length === 0, "nothing is left");
}
