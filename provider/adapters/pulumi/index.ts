export type { Connections } from "../../runtime/session";
export { CLOSURE } from "./closure";
export { EngineLink, engineAddress } from "./engine-link";
export {
  isSecret,
  marked,
  noteSecret,
  OWNER,
  SECRET,
  SECRET_INPUTS,
  type Secrets,
  SIGNATURE,
  secretsAmong,
  unstated,
} from "./secrets";
export { PulumiSession } from "./session";
export { fromPulumi, toPulumi, UNKNOWN_STRING } from "./unknown";
