export { type ConnectionFailure, checkConnections } from "./check";
export {
  type ConnectionSources,
  connectionNames,
  type Definition,
  defineConnection,
  parseConnections,
} from "./definitions";
export { ConnectionPool } from "./pool";
