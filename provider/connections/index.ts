export { type ConnectionSources, connectionNames, type Definition, defineConnection } from "./definitions";
export { ConnectionPool } from "./pool";
