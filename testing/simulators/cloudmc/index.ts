export { CloudmcSimulator, type CloudmcSimulatorOptions } from "./simulator";
export type { SimulatedInstance, SimulatedPoint, SimulatedVolume } from "./state";
