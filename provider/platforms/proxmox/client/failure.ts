import { type ErrorKind, SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";
import type { HttpReply } from "../../shared/http";
import { failureReply } from "./replies";

/** The error for an unsuccessful reply. */
export function failureOf(reply: HttpReply, call: OperationContext): SnapstateError {
  const { status } = reply;
  const said = wordsOf(reply);
  const { kind, hint } = kindOf(status, said);
  const detail = said ?? `an answer with status ${status} that is not Proxmox VE's`;
  return new SnapstateError({ kind, operation: call.operation, detail, code: String(status), hint });
}

/** Refusals whose text decides what happens next. Proxmox VE's texts are English everywhere, and there is nothing else to go by. */
const TEXTS: readonly { text: RegExp; kind: ErrorKind; hint?: string }[] = [
  { text: /^(VM|CT) is locked/, kind: "busy", hint: "Something else works on the guest. Wait for it, then run again" },
  { text: /can't lock file .*got timeout|Failed to obtain guest migration lock/, kind: "busy" },
  {
    text: /no quorum/,
    kind: "busy",
    hint: "The cluster has no quorum, so nothing can be changed. Bring its nodes back",
  },
  {
    // Not `busy`: in a revert the guest may be stopped already.
    text: /\/etc\/pve\/.*(Permission denied|Read-only file system)/,
    kind: "conflict",
    hint: "The node's /etc/pve is read-only, as it is without a quorum. Bring the cluster's nodes back",
  },
  {
    text: /Cannot live-migrate, snapshot \(with RAM\), or hibernate|feature is not available|it's a template|vm is a template/i,
    kind: "unsupported",
    hint: "checkTarget says which disk or device stands in the way",
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
  { text: /already used/, kind: "conflict", hint: "Give the snapshot another name, or adopt the existing one" },
  {
    text: /out of space|no space left|not enough free space/i,
    kind: "quota",
    hint: "Free space on the guest's storage",
  },
];

/** What a text of a refusal, or of a task's end, means; undefined when the text says nothing of its own. */
export function classifyError(text: string): { kind: ErrorKind; hint?: string } | undefined {
  return TEXTS.find((rule) => rule.text.test(text));
}

/**
 * The guest's configuration is not on that node: it has moved, is of another type, or is gone. Proof of none of these.
 */
export const NOT_ON_THIS_NODE = /^Configuration file '[^']*' does not exist/;
export const NO_SNAPSHOT = /^snapshot '[^']*' does not exist/;

function kindOf(status: number, said: string | undefined): { kind: ErrorKind; hint?: string } {
  if (status === 429) return { kind: "throttled" };
  if (status === 401) return { kind: "auth", hint: "Check the connection's apiToken, or username and password" };
  if (status === 403) {
    const hint =
      "Give the user, and a token with privilege separation, the right that is named. A guest that does not exist is answered in the same way";
    return { kind: "permission", hint };
  }
  if (status === 400) return { kind: "bad-input" };
  // The node in front could not reach the one that owns the guest.
  if (status === 595) return { kind: "unreachable", hint: "The guest's node does not answer. Check that it is up" };
  if (status === 596 || status === 599 || status === 502 || status === 503 || status === 504) {
    return { kind: "lost-reply", hint: "The node's answer did not come in time; what was asked may go on" };
  }
  if (status === 501) return { kind: "unsupported", hint: "Check the endpoint and the version of Proxmox VE" };
  if (status === 500 && said !== undefined) return classifyError(said) ?? { kind: "conflict" };
  if (status >= 500) return { kind: "lost-reply", hint: "Proxmox VE failed; whether it acted is not known" };
  return { kind: "protocol", hint: "Check the connection's endpoint" };
}

/** Proxmox VE's own message: in the body since 8.3, before that only in the reason phrase of the status line. */
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
