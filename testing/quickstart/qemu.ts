import { Lab, type Vm } from "../qemu";
import { countersOn, snapshotsIn } from "../qemu/images";
import type { QuickstartEngine } from "./engines";
import { ClaimError, claim, drawTrees, run, type Show, say, title } from "./stage";

/** The guest's ticks in about three seconds. */
const A_WHILE = 55;

/**
 * Two real VMs of 16 MiB. Each boots 512 bytes that count in RAM and on the disk, so that both show their point in
 * time.
 */
export async function qemu(): Promise<Show> {
  say("Starting two virtual machines");
  const lab = Lab.open();
  try {
    const [web, db] = await Promise.all([lab.startVm({ name: "web" }), lab.startVm({ name: "db" })]);
    await Promise.all([web.counted(1), db.counted(1)]);
    return {
      driver: `QEMU on this machine, with two real virtual machines (processes ${web.pid} and ${db.pid})`,
      seen: "a preview without changes, snapshots of two running VMs, and a revert that took RAM and disk back in time",
      play: (engine) => play(lab, web, db, engine),
      stop: () => lab.close(),
    };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

async function play(lab: Lab, web: Vm, db: Vm, engine: QuickstartEngine): Promise<void> {
  const connections = JSON.stringify({ default: { platform: "qemu", directory: lab.directory } });
  await engine.configure("snapstate:connections", connections, true);
  await engine.configure("snapstate-quickstart:vms", JSON.stringify([web.name, db.name]));
  const taken = async () => [await snapshotsIn(file(web)), await snapshotsIn(file(db))] as const;

  title("1. preview: what would be done");
  await run(engine, "preview");
  claim((await taken()).flat().length === 0, "a preview takes no snapshot");

  title("2. up: a snapshot of each VM, named after the release, and a recovery point with the memory of web");
  await run(engine, "up");
  const [ofWeb, ofDb] = await taken();
  claim(ofWeb.length === 2 && ofDb.length === 1, "the disks hold two snapshots of web and one of db");
  const point = ofWeb.find((snapshot) => snapshot["vm-state-size"] > 0);
  if (point === undefined) throw new ClaimError("This does not hold: one of them holds memory");
  const then = (await countersOn(file(web), point.name)).sinceBoot;
  claim(then > 0, `one of them holds memory; the guest had counted to ${then} when it was taken`);

  title("3. the tree, as the provider reads it");
  await drawTrees(connections, [web.name, db.name]);

  title("4. the guest goes on");
  await web.counted(then + A_WHILE);
  const late = await counters(web);
  claim(Math.min(late.ram, late.disk) >= then + A_WHILE, `it counts ${late.ram} in RAM and ${late.disk} on its disk`);

  title("5. a revert, declared: what it would do, and then the revert");
  await engine.configure("snapstate-quickstart:rollback", "ticket 4711");
  await run(engine, "preview");
  // The guest continued to count during the preview, which on a slow machine takes longer than the steps after the
  // revert.
  const last = (await web.inRam()).sinceBoot;
  claim(last >= late.ram, "a preview reverts nothing");
  await run(engine, "up");
  const back = await counters(web);
  const inTime = (now: number) => now >= then && now < last;
  claim(inTime(back.ram), `time went back in RAM: it counts ${back.ram}`);
  claim(inTime(back.disk), `time went back on the disk: it counts ${back.disk}`);
  await web.counted(back.ram + 5);
  claim((await web.inRam()).sinceBoot > back.ram, "and the guest counts on from there");

  title("6. the tree: what the revert threw away is kept, beside the way that the guest goes now");
  await drawTrees(connections, [web.name]);

  title("7. destroy");
  await run(engine, "destroy");
  const [left, none] = await taken();
  const kept = left.filter(({ name }) => name.startsWith("before-restore-"));
  claim(
    left.length === 1 && kept.length === 1 && none.length === 0,
    "only the state that the revert threw away is kept",
  );
}

/** The guest's counter since boot, if it is available. */
async function counters(vm: Vm): Promise<{ ram: number; disk: number }> {
  return { ram: (await vm.inRam()).sinceBoot, disk: (await vm.onDisk()).sinceBoot };
}

function file(vm: Vm): string {
  return vm.disks[0]?.file ?? "";
}
