export { OvhVpsSimulator, type OvhVpsSimulatorOptions } from "./simulator";
export type { RestorePoint, SimulatedVps } from "./state";
