export { AdapterSession, type Connections } from "../../runtime/session";
export { CLOSURE } from "./closure";
export { EngineLink, engineAddress } from "./engine-link";
export {
  isSecret,
  marked,
  noteSecret,
  SECRET,
  SECRET_INPUTS,
  type Secrets,
  SIGNATURE,
  secretsAmong,
  unstated,
} from "./secrets";
