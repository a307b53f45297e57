import { encodePart, isWellFormed, SnapstateError } from "../../core/errors";

/**
 * The id of a resource in the stack's state: `connection/target/snapshot`. It is self-contained, so a resource can be
 * read or imported from its id alone. Each part is percent-encoded, so it may contain any text.
 */
export interface ResourceId {
  connection: string;
  /** The platform's id of the VM; when a person typed the id, also a path, a UUID or a name. */
  target: string;
  /** The platform's id of the snapshot; when a person typed the id, also its name. */
  snapshot: string;
}

/** Begins the last part of an id whose create was interrupted before the platform reported the snapshot's id. */
const PENDING = "~";

/** @throws SnapstateError `bad-input` for an unpaired surrogate in a part */
export function printId(id: ResourceId): string {
  return [id.connection, id.target, id.snapshot].map(encodePart).join("/");
}

/** The id for a create that was interrupted after the platform had started: resolved by its marker. */
export function printPendingId(connection: string, target: string, marker: string): string {
  return printId({ connection, target, snapshot: PENDING + marker });
}

/** The marker in a pending id's last part, or undefined for an ordinary id. */
export function pendingMarker(id: ResourceId): string | undefined {
  return id.snapshot.startsWith(PENDING) ? id.snapshot.slice(PENDING.length) : undefined;
}

/** @throws SnapstateError `bad-input` with the format of an id */
export function parseId(text: string): ResourceId {
  const parts = text.split("/").map(decode);
  const [connection, target, snapshot] = parts;
  if (parts.length !== 3 || !connection || !target || !snapshot) {
    throw new SnapstateError({
      kind: "bad-input",
      operation: `read the id ${JSON.stringify(text)}`,
      detail: "an id has three parts, connection/target/snapshot, each percent-encoded",
      hint: "For example: vcenter/vm-42/snapshot-77, or vcenter/%2FDC0%2Fvm%2Fweb/before-upgrade",
    });
  }
  return { connection, target, snapshot };
}

function decode(part: string): string | undefined {
  try {
    return isWellFormed(part) ? decodeURIComponent(part) : undefined;
  } catch {
    return undefined;
  }
}
