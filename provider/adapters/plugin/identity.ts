import { isDeepStrictEqual } from "node:util";
import { Deadline, type OperationContext } from "../../core/operation";
import { parseConnections } from "../../runtime";
import type { Connect } from "./state";

/** Milliseconds for both installations to identify themselves. A preview must not wait for an unreachable one. */
const IDENTITY_TIMEOUT_MS = 15_000;

/**
 * Names of the connections that now reach another installation. Only that replaces the provider: another password,
 * address or certificate of the same installation changes nothing on it, and a replacement would replace every
 * resource. Where an installation does not answer, nothing is replaced; each resource still checks its own
 * installation and refuses to read state against another one.
 */
export async function replacedConnections(
  before: string | undefined,
  after: string | undefined,
  connect: Connect,
): Promise<string[]> {
  const [olds, news] = [listed(before), listed(after)];
  const candidates = Object.keys(news).filter(
    (name) => olds[name] !== undefined && !isDeepStrictEqual(olds[name], news[name]),
  );
  if (candidates.length === 0) return [];
  const [old, now] = [connect(before), connect(after)];
  try {
    const replaced = await Promise.all(
      candidates.map(async (name) => {
        const ids = await Promise.all([installationOf(old, name), installationOf(now, name)]);
        return ids[0] !== undefined && ids[1] !== undefined && ids[0] !== ids[1];
      }),
    );
    return candidates.filter((_, index) => replaced[index]);
  } finally {
    await Promise.allSettled([old.close(), now.close()]);
  }
}

async function installationOf(connections: ReturnType<Connect>, name: string): Promise<string | undefined> {
  const call: OperationContext = {
    signal: AbortSignal.timeout(IDENTITY_TIMEOUT_MS),
    deadline: new Deadline(IDENTITY_TIMEOUT_MS),
    operation: `identify the installation of connection ${JSON.stringify(name)}`,
    report: () => {},
  };
  try {
    const driver = connections.get(name);
    return `${driver.platform}/${await driver.installation(call)}`;
  } catch {
    return undefined;
  }
}

function listed(text: string | undefined): Record<string, unknown> {
  const list = text === undefined ? undefined : parseConnections(text);
  return list !== null && typeof list === "object" ? (list as Record<string, unknown>) : {};
}
