export type { AccessRule } from "./credentials";
export { OvhVpsSimulator, type OvhVpsSimulatorOptions } from "./simulator";
export type { RestorePoint, SimulatedSnapshot, SimulatedVps, VpsState } from "./state";
