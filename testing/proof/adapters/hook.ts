import { boundary, watchSockets } from "../kill-points";

/*
 * Required by Node before a provider's own code (NODE_OPTIONS): what that process sends to the platform and hears from it are
 * boundaries, at which it dies itself or sees its engine die.
 */

const { SNAPSTATE_PROOF_KILL_AT, SNAPSTATE_PROOF_JOURNAL, SNAPSTATE_PROOF_VICTIM, SNAPSTATE_CONNECTIONS } = process.env;
const port = /127\.0\.0\.1:(\d+)/.exec(SNAPSTATE_CONNECTIONS ?? "")?.[1];

if (SNAPSTATE_PROOF_JOURNAL !== undefined) {
  const watch = {
    killAt: Number(SNAPSTATE_PROOF_KILL_AT),
    journal: SNAPSTATE_PROOF_JOURNAL,
    victim: SNAPSTATE_PROOF_VICTIM === "engine" ? process.ppid : process.pid,
  };
  // A platform has a port, or sockets that are files; all else that a provider speaks to is its engine.
  const isPlatform = (to: { port?: unknown; path?: unknown }) =>
    port === undefined ? typeof to.path === "string" : String(to.port) === port;
  watchSockets((what) => boundary(watch, what), isPlatform);
}
