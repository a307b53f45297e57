export { fakepvePython } from "./fakepve";
export { ProxmoxSimulator, RIGHTS, USER } from "./simulator";
