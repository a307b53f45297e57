export type { Counters } from "./boot-sector/boot-sector";
export { Lab } from "./lab";
export { qemuMissing } from "./missing";
export type { Vm, VmOptions } from "./vm";
