import { type ErrorKind, SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";
import type { HttpReply } from "../../shared/http";
import { failureReply } from "./replies";

/** The error for an unsuccessful reply. */
export function failureOf(reply: HttpReply, call: OperationContext): SnapstateError {
  const { status } = reply;
  const text = wordsOf(reply);
  const { kind, hint } = kindOf(status, text);
  const detail = text ?? `a reply with status ${status} that is not from Proxmox VE`;
  return new SnapstateError({ kind, operation: call.operation, detail, code: String(status), hint });
}

/** Refusals that must be classified by text. Proxmox VE's messages are always English and have no codes. */
const TEXTS: readonly { text: RegExp; kind: ErrorKind; hint?: string }[] = [
  {
    text: /^(VM|CT) is locked \(suspended\)/,
    kind: "conflict",
    hint: "The guest is hibernated. Start it, then run again",
  },
  {
    text: /^(VM|CT) is locked/,
    kind: "busy",
    hint: "Another task is running on the guest. Wait for it to end, then run again",
  },
  { text: /can't lock file .*got timeout|Failed to obtain guest migration lock/, kind: "busy" },
  {
    text: /no quorum/,
    kind: "busy",
    hint: "The cluster has no quorum, so nothing can be changed. Start its nodes",
  },
  {
    // Not `busy`: in a revert the guest may be stopped already.
    text: /\/etc\/pve\/.*(Permission denied|Read-only file system)/,
    kind: "conflict",
    hint: "The node's /etc/pve is read-only because the cluster has no quorum. Start its nodes",
  },
  {
    text: /Cannot live-migrate, snapshot \(with RAM\), or hibernate|feature is not available|it's a template|vm is a template/i,
    kind: "unsupported",
    hint: "checkTarget names the disk or device that blocks it",
  },
  {
    text: /is not most recent snapshot|not the most recent|only.*(latest|newest).*snapshot/i,
    kind: "conflict",
    hint: "On ZFS and on volume chains only the newest snapshot can be reverted to. Remove the newer ones first, and set safetySnapshot to false in a Restore: its safety snapshot is a newer one. Nothing was stopped",
  },
  {
    text: /needed by replication job/,
    kind: "conflict",
    hint: "Run the replication job once (`pvesr schedule-now <job>`), then run again",
  },
  { text: /already used/, kind: "conflict", hint: "Use another name, or adopt the existing snapshot" },
  {
    text: /out of space|no space left|not enough free space/i,
    kind: "quota",
    hint: "Free space on the guest's storage",
  },
];

/** Classifies the text of a refusal or of a task's end; undefined if it is not known. */
export function classifyError(text: string): { kind: ErrorKind; hint?: string } | undefined {
  return TEXTS.find((rule) => rule.text.test(text));
}

/**
 * The guest's configuration is not on that node: it was moved, is of another type, or does not exist. Proves none of
 * these.
 */
export const NOT_ON_THIS_NODE = /^Configuration file '[^']*' does not exist/;
export const NO_SNAPSHOT = /^snapshot '[^']*' does not exist/;

function kindOf(status: number, text: string | undefined): { kind: ErrorKind; hint?: string } {
  if (status === 429) return { kind: "throttled" };
  if (status === 401) return { kind: "auth", hint: "Check the connection's apiToken, or username and password" };
  if (status === 403) {
    const hint =
      "Grant the named right to the user, and to a token with privilege separation. Proxmox VE answers in the same way for a guest that does not exist";
    return { kind: "permission", hint };
  }
  if (status === 400) return { kind: "bad-input" };
  // The contacted node could not reach the guest's node.
  if (status === 595) return { kind: "unreachable", hint: "The guest's node does not answer. Check that it is up" };
  if (status === 596 || status === 599 || status === 502 || status === 503 || status === 504) {
    return { kind: "lost-reply", hint: "The node's reply timed out; the operation may still be running" };
  }
  if (status === 501) return { kind: "unsupported", hint: "Check the endpoint and the version of Proxmox VE" };
  if (status === 500 && text !== undefined) return classifyError(text) ?? { kind: "conflict" };
  if (status >= 500)
    return { kind: "lost-reply", hint: "Proxmox VE failed; it is unknown whether the change was made" };
  return { kind: "protocol", hint: "Check the connection's endpoint" };
}

/** Proxmox VE's own message: in the body since 8.3, earlier only in the reason phrase of the status line. */
function wordsOf({ text, headers, statusText, status }: HttpReply): string | undefined {
  const fromBody = bodyWords(text);
  if (fromBody !== undefined) return fromBody;
  const isProxmox = /pve-api-daemon/i.test(headers.server ?? "");
  const phrase = statusText.trim();
  return isProxmox && phrase !== "" && phrase !== String(status) ? phrase : undefined;
}

function bodyWords(text: string): string | undefined {
  try {
    const parsed = failureReply.safeParse(JSON.parse(text));
    if (!parsed.success) return undefined;
    const { message = "", errors = {} } = parsed.data;
    const fields = Object.entries(errors).map(([field, why]) =>
      typeof why === "string" ? `${field}: ${why.trim()}` : field,
    );
    const words = [message.trim(), ...fields].filter((word) => word !== "").join(" ");
    return words === "" ? undefined : words;
  } catch {
    return undefined;
  }
}
