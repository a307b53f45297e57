export type * from "./records";
export { CloudStackSimulator, type CloudStackSimulatorOptions } from "./simulator";
