import type { RunningSimulator } from "../simulator-registry";
import { OvhVpsSimulator } from "./simulator";
import { dateOf } from "./state";

/** A small account for `npm run simulator`, in which tasks take two seconds. */
export async function offerOvhVps(port: number): Promise<RunningSimulator> {
  const simulator = new OvhVpsSimulator({ taskTime: 2000 });
  await simulator.listen(port);
  const { account } = simulator;
  account.add({ displayName: "web" });
  account.add({ displayName: "without-option", options: new Map() });
  const times = [1, 2, 3].map((days) => dateOf(Date.now() - days * 24 * 60 * 60_000));
  account.add({
    displayName: "with-backup",
    options: new Map([
      ["snapshot", "subscribed"],
      ["automatedBackup", "subscribed"],
    ]),
    automatedBackup: {
      state: "enabled",
      schedule: "02:00:00",
      snapshots: times.map((time) => ({ time, state: "available" })),
    },
  });
  return {
    connection: { ...simulator.connection, pollInterval: "500ms" },
    contents: [...account.vps.values()].map(
      ({ serviceName, displayName, options }) =>
        `VPS ${displayName} ${serviceName} (options: ${[...options.keys()].join(", ") || "none"})`,
    ),
    close: () => simulator.close(),
  };
}
