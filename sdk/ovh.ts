/** What only OVHcloud has. */
export { SnapshotOption, type SnapshotOptionArgs } from "./snapshot-option";
