export { ApiError } from "./api-error";
export type { NewDisk, NewVm, NewVolume } from "./inventory";
export type { JobTimes, Stage } from "./jobs";
export type * from "./records";
export { CloudStackSimulator, type CloudStackSimulatorOptions } from "./simulator";
export type { CloudState, Settings } from "./state";
