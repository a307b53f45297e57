export { type ConnectionSources, type Definition, defineConnection } from "./definitions";
export { ConnectionPool } from "./pool";
