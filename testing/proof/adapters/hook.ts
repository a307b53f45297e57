import { boundary, watchSockets } from "../kill-points";

/*
 * Loaded by NODE_OPTIONS before a provider's own code: its traffic with the platform forms kill points, at which it
 * dies or its engine dies.
 */

const { SNAPSTATE_PROOF_KILL_AT, SNAPSTATE_PROOF_JOURNAL, SNAPSTATE_PROOF_VICTIM, SNAPSTATE_CONNECTIONS } = process.env;
const port = /127\.0\.0\.1:(\d+)/.exec(SNAPSTATE_CONNECTIONS ?? "")?.[1];

if (SNAPSTATE_PROOF_JOURNAL !== undefined) {
  const watch = {
    killAt: Number(SNAPSTATE_PROOF_KILL_AT),
    journal: SNAPSTATE_PROOF_JOURNAL,
    victim: SNAPSTATE_PROOF_VICTIM === "engine" ? process.ppid : process.pid,
  };
  // A platform has a port, or sockets that are files; every other connection of a provider leads to its engine.
  const isPlatform = (to: { port?: unknown; path?: unknown }) =>
    port === undefined ? typeof to.path === "string" : String(to.port) === port;
  watchSockets((what) => boundary(watch, what), isPlatform);
}
