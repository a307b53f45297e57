import { isDeepStrictEqual } from "node:util";
import { Deadline, type OperationContext } from "../../core/operation";
import { parseConnections } from "../../runtime";
import type { Connect } from "./state";

/** For both installations to say who they are, in milliseconds. A preview must not wait for one that is gone. */
const IDENTITY_TIMEOUT_MS = 15_000;

/**
 * Names of connections that reach another installation than before. Only that replaces: another password, address or
 * certificate of the same installation changes nothing on it, and a replacement would replace every resource. The
 * installations themselves are asked; where one does not answer, nothing is replaced, and the check of each resource's
 * own installation still refuses to read state against another one.
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
    operation: `find out what connection ${JSON.stringify(name)} reaches`,
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
