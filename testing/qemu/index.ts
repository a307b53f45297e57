export { Lab } from "./lab";
export { qemuMissing } from "./missing";
export type { Vm, VmOptions } from "./vm";
