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

/** Shown to users in place of most reasons (HTTP 530). */
export const MASKED = /^Internal error executing command/;

/** The platform's proof that an object does not exist. The project or zone of a list is not such an object. */
export const NO_SUCH =
  /Invalid parameter (?!projectid|zoneid|domainid|account)\w+ value=.* entity does not exist|Unable to find UUID for id|is already destroyed|is a system VM or does not exist|Please specify a valid template|Unable to find (resource|volume|snapshot|template|a virtual machine)/i;

/** Another snapshot of the VM is being worked on, or is stuck. Newer servers say "There are other active Instance Snapshot tasks". */
export const OTHERS_ACTIVE = /There (is|are) other active .*snapshot tasks|please try again later/i;

const SEE_LOG = "See the management server's log at the time of the job, or ask its administrator";

/**
 * The meaning of a failure. One code stands for many things (530 is "another snapshot is running", "too many" and "it
 * broke"), so texts decide where the next step depends on them. They are English in every CloudStack.
 */
const RULES: readonly Rule[] = [
  { codes: [429], kind: "throttled", hint: "The server limits requests of one user (api.throttling)" },
  {
    codes: [401],
    kind: "auth",
    hint: "Check apiKey, secretKey and this machine's clock. CloudStack gives the same answer for a command that it does not have",
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
    hint: "CloudStack works on one snapshot of a VM at a time. Wait for the other one, then run again",
  },
  {
    text: /Invalid parameter (projectid|zoneid|domainid|account) /,
    kind: "bad-input",
    hint: "The connection's project, zone or account is no longer there. The state is unchanged",
  },
  { text: NO_SUCH, kind: "not-found", remedy: { action: "refresh" } },
  { codes: [535], kind: "quota", hint: "Remove snapshots of the account or project, or have its limit raised" },
  { text: /can just have : \d+ VM snapshots/, kind: "quota", hint: "Remove VM snapshots of this VM (vmsnapshot.max)" },
  { codes: [533, 534], kind: "quota", hint: "The zone has no capacity for it. Ask its administrator" },
  {
    text: /is not in the running or Stopped state/i,
    kind: "conflict",
    hint: "Bring the VM to Running or Stopped first",
  },
  { text: /Can not snapshot memory/, kind: "conflict", hint: "Start the VM, or leave the memory out" },
  {
    text: /running KVM (instance|VM) without memory/i,
    kind: "unsupported",
    hint: 'Ask for consistency: "memory", stop the VM, or have kvm.vmstoragesnapshot.enabled switched on',
  },
  {
    text: /is not in Ready state|not in the Ready state/i,
    kind: "conflict",
    hint: "A volume must have been attached to a VM once before it has something to keep",
  },
  {
    text: /not allowed\. This will result in VM state change/,
    kind: "conflict",
    hint: "A VM snapshot with memory is reverted on a running VM, one of disks only on a stopped VM",
  },
  {
    text: /remove VM snapshots before reverting|does not have VM snapshots/,
    kind: "conflict",
    hint: "CloudStack refuses it while the VM has VM snapshots (recovery points). Remove them first",
  },
  { text: /Please specify a volume that is not attached/, kind: "conflict", hint: "Detach it from its VM first" },
  { text: /is not in BackedUp state/, kind: "conflict", hint: "Only a snapshot that is complete can be copied" },
  { text: /is not in the shutdown state/i, kind: "conflict", hint: "Stop the VM first" },
  {
    text: /attached to a VM with memory&disk VM snapshots/i,
    kind: "conflict",
    hint: "A volume is not resized while its VM has VM snapshots (recovery points). Remove them first",
  },
  {
    text: /No strategy was able to handle requested snapshot/i,
    kind: "conflict",
    hint: "On KVM a VM has VM snapshots with memory or of disks only, not both, and some storage takes neither. Ask for the consistency that its other recovery points have, or remove them",
  },
  {
    text: /not in the state of Running or Stopped/i,
    kind: "conflict",
    hint: "Bring the VM to Running or Stopped first",
  },
  {
    text: /Snapshot is not supported for Running (VMs|Instances)/i,
    kind: "unsupported",
    hint: "Stop the VM, or have kvm.snapshot.enabled switched on",
  },
  { text: /supported only for KVM|Unsupported hypervisor/i, kind: "unsupported" },
  {
    text: /not in Created or Error, or Expunging State/,
    kind: "conflict",
    hint: "One in Allocated is removed from the database by the administrator (apache/cloudstack issue 8424); one in Creating becomes Error when the management server is restarted",
  },
  {
    text: /part of a (VM snapshot|\[GROUP\] snapshots?)/,
    kind: "conflict",
    hint: "It goes with the VM snapshot that it belongs to",
  },
  { codes: [536, 537], kind: "conflict", hint: "Something else uses it" },
  { codes: [400, 405, 430, 431], kind: "bad-input" },
];

/** A refusal or a failed job as a SnapstateError. */
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

/** Runs the work; API failures are converted to SnapstateErrors. */
export async function wrapErrors<T>(call: OperationContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CloudStackFailure ? failureError(error, call) : error;
  }
}
