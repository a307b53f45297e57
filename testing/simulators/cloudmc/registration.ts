import type { Offer } from "../simulator-registry";
import { CloudmcSimulator } from "./simulator";

/** An environment with two instances, one with a data volume. */
export const offerCloudmc: Offer = async (port) => {
  const simulator = new CloudmcSimulator({ taskTime: 1000 });
  const web = simulator.state.addInstance("web", ["web-data"]);
  const db = simulator.state.addInstance("db");
  await simulator.listen(port);
  return {
    connection: simulator.connection,
    contents: [web, db].map(({ name, id }) => {
      const volumes = [...simulator.state.volumes.values()].filter(({ instanceId }) => instanceId === id);
      return `instance ${name} (${id}) with the volumes ${volumes.map((volume) => volume.name).join(", ")}`;
    }),
    close: () => simulator.close(),
  };
};
