import { join } from "node:path";
import { CloudmcSimulator } from "../simulators/cloudmc";
import { CloudStackSimulator } from "../simulators/cloudstack";
import { OvhVpsSimulator } from "../simulators/ovh-vps";
import { connectionTo, fakepvePython, ProxmoxSimulator } from "../simulators/proxmox";
import { packageRoot } from "../support/package-root";
import type { QuickstartEngine } from "./engines";
import { claim, drawTrees, run, type Show, title } from "./stage";

/** A simulated platform with one VM, accessed without the provider. */
interface Simulated {
  /** The example to run, below `examples`; also the suffix of its project's name. */
  example: string;
  called: string;
  connection: Record<string, unknown>;
  /** Arguments of `getSnapshots`, for the tree. */
  target: string;
  /** Ids of all snapshots and recovery points, oldest first. */
  ids(): string[] | Promise<string[]>;
  /** Deletes a snapshot as in the control panel. */
  removeByHand(id: string): void | Promise<void>;
  close(): Promise<void>;
}

export async function cloudstack(): Promise<Show> {
  const simulator = new CloudStackSimulator({ jobTime: 300 });
  await simulator.listen();
  simulator.addVm({ name: "web" });
  const { endpoint, apiKey, secretKey, state } = simulator;
  const volumeSnapshots = () => state.snapshots.filter((row) => row.state !== "Destroyed");
  return show({
    example: "cloudstack",
    called: "a CloudStack",
    connection: { platform: "cloudstack", endpoint, apiKey, secretKey },
    target: "web/ROOT",
    ids: () =>
      [...volumeSnapshots(), ...state.vmSnapshots.filter((row) => row.state !== "Removed")].map(({ id }) => id),
    removeByHand: (id) => state.snapshots.purge(id),
    close: () => simulator.close(),
  });
}

export async function cloudmc(): Promise<Show> {
  const simulator = new CloudmcSimulator({ taskTime: 300 });
  await simulator.listen();
  const { state } = simulator;
  state.addInstance("web");
  return show({
    example: "cloudmc",
    called: "a CloudMC",
    connection: { ...simulator.connection, pollInterval: "100ms" },
    target: "web/ROOT",
    ids: () => [...state.snapshots.keys(), ...state.recoveryPoints.keys()],
    removeByHand: (id) => void state.snapshots.delete(id),
    close: () => simulator.close(),
  });
}

export async function proxmoxVe(): Promise<Show> {
  const simulator = await ProxmoxSimulator.start(await fakepvePython());
  const { fake } = simulator;
  const guests = [await simulator.add("qemu", "web"), await simulator.add("lxc", "db")];
  await fake.do("taskTime", { seconds: 0.3 });
  const ids = async () => {
    const all = await Promise.all(guests.map((vmid) => fake.guest(vmid)));
    return all.flatMap(
      (guest, at) => guest?.snapshots.map(({ name, snaptime }) => `${guests[at]}/${name}@${snaptime}`) ?? [],
    );
  };
  return show({
    example: "proxmox",
    called: "a Proxmox VE (fakepve)",
    connection: { ...connectionTo(simulator), pollInterval: "100ms" },
    target: "web",
    ids,
    removeByHand: (id) => {
      const [vmid, name = ""] = id.split(/[/@]/);
      return fake.do("delete", { vmid: Number(vmid), name });
    },
    close: () => simulator.close(),
  });
}

export async function ovhVps(): Promise<Show> {
  const simulator = new OvhVpsSimulator({ taskTime: 300 });
  await simulator.listen();
  const vps = simulator.account.add({ displayName: "web" });
  return show({
    example: "ovh-vps",
    called: "an OVHcloud VPS",
    connection: { ...simulator.connection, pollInterval: "100ms" },
    target: "web",
    ids: () => (vps.snapshot === undefined ? [] : [vps.snapshot.id]),
    removeByHand: () => {
      delete vps.snapshot;
    },
    close: () => simulator.close(),
  });
}

function show(simulated: Simulated): Show {
  return {
    driver: `${simulated.called} simulator on this machine (testing/simulators)`,
    seen: "a preview without changes, snapshots, one deleted by hand and taken again, and a replacement for the next release",
    programDirectory: join(packageRoot(__dirname), "examples", simulated.example),
    play: (engine) => play(simulated, engine),
    stop: () => simulated.close(),
  };
}

async function play(simulated: Simulated, engine: QuickstartEngine): Promise<void> {
  const { example, connection, target, ids, removeByHand } = simulated;
  const connections = JSON.stringify({ default: connection });
  await engine.configure("snapstate:connections", connections, true);

  title(`1. preview of examples/${example}: what would be done`);
  await run(engine, "preview");
  claim((await ids()).length === 0, "a preview takes nothing");

  title("2. up: what the platform has to offer, under a name for the release");
  await run(engine, "up");
  const taken = await ids();
  claim(taken.length > 0, `the platform has ${taken.length === 1 ? "a snapshot" : "a snapshot and a recovery point"}`);

  title("3. the tree, as the provider reads it");
  await drawTrees(connections, [target]);

  title("4. somebody deletes the snapshot by hand");
  await removeByHand(taken[0] as string);
  await run(engine, "refresh");
  await run(engine, "up");
  const again = await ids();
  claim(again.length === taken.length && !again.includes(taken[0] as string), "up has taken another one");

  title("5. the next release");
  await engine.configure(`snapstate-${example}:release`, "2");
  await run(engine, "up");
  const next = await ids();
  claim(
    next.length === again.length && next.every((id) => !again.includes(id)),
    "its snapshots are there, the old are gone",
  );

  title("6. destroy");
  await run(engine, "destroy");
  claim((await ids()).length === 0, "nothing is left");
}
