import { type ErrorKind, type Remedy, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import { CloudStackFailure } from "./client/failure";

interface Rule {
  text?: RegExp;
  codes?: readonly number[];
  kind: ErrorKind;
  hint?: string;
  remedy?: Remedy;
}

/** Shown to users instead of most reasons (HTTP 530). */
export const MASKED = /^Internal error executing command/;

/** The platform's proof that an object does not exist. Excludes the project and zone of a list. */
export const NO_SUCH =
  /Invalid parameter (?!projectid|zoneid|domainid|account)\w+ value=.* entity does not exist|Unable to find UUID for id|is already destroyed|is a system VM or does not exist|Please specify a valid template|Unable to find (resource|volume|snapshot|template|a virtual machine)/i;

/**
 * Another snapshot of the VM is in progress or stalled. Newer servers write "There are other active Instance Snapshot
 * tasks".
 */
export const OTHERS_ACTIVE = /There (is|are) other active .*snapshot tasks|please try again later/i;

const SEE_LOG = "See the management server's log at the time of the job, or ask its administrator";

/**
 * Classifies failures. Codes are ambiguous (530 means "another snapshot is running", "too many" or "it failed"), so
 * texts are matched where the remedy depends on them. They are always English.
 */
const RULES: readonly Rule[] = [
  { codes: [429], kind: "throttled", hint: "The server limits requests of one user (api.throttling)" },
  {
    codes: [401],
    kind: "auth",
    hint: "Check apiKey, secretKey and this machine's clock. CloudStack sends the same error for an unknown command",
  },
  {
    codes: [511],
    kind: "auth",
    hint: "The user must pass two-factor authentication first: use an API key of a user without it",
  },
  { codes: [432], kind: "permission", hint: "The role of the connection's user lacks this command" },
  { codes: [531, 532], kind: "permission", hint: "Use keys of the owner, or of an administrator of its domain" },
  {
    text: OTHERS_ACTIVE,
    kind: "busy",
    hint: "CloudStack allows one snapshot operation per VM at a time. Wait for the other one to end, then run again",
  },
  {
    text: /Invalid parameter (projectid|zoneid|domainid|account) /,
    kind: "bad-input",
    hint: "The connection's project, zone or account no longer exists. The state is unchanged",
  },
  { text: NO_SUCH, kind: "not-found", remedy: { action: "refresh" } },
  { codes: [535], kind: "quota", hint: "Remove snapshots of the account or project, or request a higher limit" },
  { text: /can just have : \d+ VM snapshots/, kind: "quota", hint: "Remove VM snapshots of this VM (vmsnapshot.max)" },
  { codes: [533, 534], kind: "quota", hint: "The zone lacks capacity. Contact its administrator" },
  {
    text: /is not in the running or Stopped state/i,
    kind: "conflict",
    hint: "Start or stop the VM first",
  },
  { text: /Can not snapshot memory/, kind: "conflict", hint: "Start the VM, or omit the memory" },
  {
    text: /running KVM (instance|VM) without memory/i,
    kind: "unsupported",
    hint: 'Use consistency: "memory", stop the VM, or ask the administrator to enable kvm.vmstoragesnapshot.enabled',
  },
  {
    text: /is not in Ready state|not in the Ready state/i,
    kind: "conflict",
    hint: "A volume is empty until it has been attached to a VM once",
  },
  {
    text: /not allowed\. This will result in VM state change/,
    kind: "conflict",
    hint: "A revert to a VM snapshot with memory requires a running VM, to one of disks only a stopped VM",
  },
  {
    text: /remove VM snapshots before reverting|does not have VM snapshots/,
    kind: "conflict",
    hint: "CloudStack refuses it while the VM has VM snapshots (recovery points). Remove them first",
  },
  { text: /Please specify a volume that is not attached/, kind: "conflict", hint: "Detach it from its VM first" },
  { text: /is not in BackedUp state/, kind: "conflict", hint: "Only a complete snapshot can be copied" },
  { text: /is not in the shutdown state/i, kind: "conflict", hint: "Stop the VM first" },
  {
    text: /attached to a VM with memory&disk VM snapshots/i,
    kind: "conflict",
    hint: "A volume cannot be resized while its VM has VM snapshots (recovery points). Remove them first",
  },
  {
    text: /No strategy was able to handle requested snapshot/i,
    kind: "conflict",
    hint: "On KVM a VM has VM snapshots either with memory or of disks only, and some storage supports neither. Use the consistency of its other recovery points, or remove them",
  },
  {
    text: /not in the state of Running or Stopped/i,
    kind: "conflict",
    hint: "Start or stop the VM first",
  },
  {
    text: /Snapshot is not supported for Running (VMs|Instances)/i,
    kind: "unsupported",
    hint: "Stop the VM, or ask the administrator to enable kvm.snapshot.enabled",
  },
  { text: /supported only for KVM|Unsupported hypervisor/i, kind: "unsupported" },
  {
    text: /not in Created or Error, or Expunging State/,
    kind: "conflict",
    hint: "The administrator must remove one in Allocated from the database (apache/cloudstack issue 8424); one in Creating becomes Error when the management server is restarted",
  },
  {
    text: /part of a (VM snapshot|\[GROUP\] snapshots?)/,
    kind: "conflict",
    hint: "It is removed with its VM snapshot",
  },
  { codes: [536, 537], kind: "conflict", hint: "It is in use by another operation" },
  { codes: [400, 405, 430, 431], kind: "bad-input" },
];

/** Converts a refusal or a failed job to a SnapstateError. */
export function failureError(failure: CloudStackFailure, call: OperationContext): SnapstateError {
  const { code, text, jobId } = failure;
  const rule = RULES.find(
    (one) => (one.text?.test(text) ?? true) && (one.codes?.includes(code) ?? true) && (one.text || one.codes),
  );
  const fallback: ErrorKind = jobId === undefined ? "conflict" : "task-failed";
  return new SnapstateError({
    kind: rule?.kind ?? fallback,
    operation: call.operation,
    detail: text || `${failure.command} was refused without a reason`,
    code: String(code),
    hint: rule === undefined ? SEE_LOG : rule.hint,
    remedy: rule?.remedy,
    requestId: jobId === undefined ? undefined : `job ${jobId}`,
  });
}

/** Runs the work and converts API failures to SnapstateErrors. */
export async function wrapErrors<T>(call: OperationContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CloudStackFailure ? failureError(error, call) : error;
  }
}
