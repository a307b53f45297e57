import type { Vcsim } from "../vcsim/launcher";

/** A simulator with a predefined connection. */
export type ConnectionSettings = Record<string, unknown> & { platform: string };

/** A program's connection to a simulator. */
export function connectionOf(vcsim: Vcsim | ConnectionSettings, change: Record<string, unknown> = {}) {
  if ("platform" in vcsim) return { ...vcsim, ...change };
  const { host, port, username, password, fingerprint } = vcsim;
  return { platform: "vsphere", endpoint: `https://${host}:${port}`, username, password, fingerprint, ...change };
}
