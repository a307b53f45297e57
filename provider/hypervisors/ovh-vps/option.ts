/** The name of the paid option in the API. */
export const SNAPSHOT_OPTION = "snapshot";
