export { fakepveMissing, fakepvePython } from "./fakepve";
export { connectionTo, ProxmoxSimulator, RIGHTS, USER } from "./simulator";
