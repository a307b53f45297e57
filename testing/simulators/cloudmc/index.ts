export { CloudmcSimulator, type CloudmcSimulatorOptions } from "./simulator";
export type { SimulatedVolume } from "./state";
