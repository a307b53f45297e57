export { CLOSURE } from "./closure";
export { EngineLink, engineAddress } from "./engine-link";
export { type Connections, FaceSession } from "./session";
