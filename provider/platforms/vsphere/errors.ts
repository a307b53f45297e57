import { type ErrorKind, type Remedy, SnapstateError } from "../../core/errors";
import { localizedFault, type VimFault } from "./client/fault";
import { list, text } from "./client/xml";

interface FaultRule {
  kind: ErrorKind;
  /** The remedy, independent of any tool. */
  hint: string;
  /** The same as data, worded by the adapter. */
  remedy?: Remedy;
}

/**
 * Maps a vim25 fault by its type (vSphere Web Services API, "Faults"). A fault's text is localized: it is quoted, never
 * parsed.
 */
export const faultRules: Readonly<Record<string, FaultRule>> = {
  TaskInProgress: { kind: "busy", hint: "Another task is running on the VM. Wait for it to end, then run again" },
  ConcurrentAccess: { kind: "busy", hint: "The VM was changed at the same time. Run again" },
  FileLocked: {
    kind: "task-failed",
    hint: "Another process holds one of the VM's disks: usually a backup appliance that has it attached, or another host. Release it, then run again",
  },
  NoDiskSpace: { kind: "quota", hint: "Free space on the VM's datastore, for example by removing old snapshots" },
  NoPermission: { kind: "permission", hint: "Grant the privilege to the connection's user on this VM" },
  NotAuthenticated: { kind: "auth", hint: "The session ended. The state is unchanged; run again" },
  InvalidLogin: { kind: "auth", hint: "Check the connection's username and password" },
  ManagedObjectNotFound: {
    kind: "not-found",
    hint: "It was removed. Refresh the state",
    remedy: { action: "refresh" },
  },
  TooManySnapshotLevels: { kind: "quota", hint: "A chain can have at most 32 snapshots. Remove some" },
  SnapshotIncompatibleDeviceInVm: {
    kind: "conflict",
    hint: "A device excludes snapshots: a physical-mode RDM, a shared SCSI bus, a PCI passthrough device or a guest iSCSI disk",
  },
  RawDiskNotSupported: { kind: "conflict", hint: "Raw disks exclude snapshots" },
  SharedBusControllerNotSupported: { kind: "conflict", hint: "A SCSI controller with a shared bus excludes snapshots" },
  MemorySnapshotOnIndependentDisk: {
    kind: "conflict",
    hint: "Omit the memory, or make the VM's independent disks dependent",
  },
  ApplicationQuiesceFault: {
    kind: "task-failed",
    hint: "A program in the guest could not be quiesced: see the guest's event log, or use quiesce: prefer",
  },
  FilesystemQuiesceFault: {
    kind: "task-failed",
    hint: "The guest's file systems could not be quiesced: see the guest's VMware Tools log, or use quiesce: prefer",
  },
  MultipleSnapshotsNotSupported: {
    kind: "conflict",
    hint: "This VM can have only one snapshot. Remove the other one first",
  },
  SnapshotDisabled: {
    kind: "conflict",
    hint: "Snapshots are disabled in the VM's configuration (snapshot.maxSnapshots)",
  },
  SnapshotLocked: { kind: "busy", hint: "The snapshot is in use by another task. Wait for it, then run again" },
  SnapshotNoChange: {
    kind: "conflict",
    hint: "Nothing has changed since the last snapshot, so the platform takes no new one",
  },
  SnapshotFault: { kind: "task-failed", hint: "See the VM's log (vmware.log) for the reason" },
  InvalidSnapshotFormat: { kind: "conflict", hint: "The snapshot was made by another product or is damaged" },
  InvalidPowerState: { kind: "conflict", hint: "Set the power state that the message names" },
  InvalidState: {
    kind: "conflict",
    hint: "The VM's state does not allow it: check whether it is being migrated or is a Fault Tolerance secondary",
  },
  InvalidName: { kind: "bad-input", hint: "Choose another name" },
  InvalidArgument: { kind: "bad-input", hint: "See the property that the message names" },
  InsufficientResourcesFault: { kind: "quota", hint: "The host lacks the resource that the message names" },
  VmConfigFault: { kind: "conflict", hint: "The VM's configuration does not allow it" },
  FileFault: { kind: "task-failed", hint: "A file of the VM could not be used: check the datastore" },
  FileNotFound: { kind: "task-failed", hint: "A file of the snapshot is missing from the datastore" },
  CannotAccessFile: {
    kind: "task-failed",
    hint: "A file of the VM cannot be read: check that the host can reach the datastore",
  },
  NotSupported: { kind: "unsupported", hint: "This host or VM does not support it" },
  RestrictedVersion: { kind: "unsupported", hint: "The host's licence does not include it" },
  NotEnoughLicenses: { kind: "unsupported", hint: "The host's licence does not include it" },
  MethodNotFound: { kind: "unsupported", hint: "The server's API version lacks this call" },
  HostNotConnected: { kind: "conflict", hint: "The VM's host is not connected to its vCenter" },
  HostCommunication: { kind: "conflict", hint: "vCenter cannot reach the VM's host" },
  Timedout: {
    kind: "task-failed",
    hint: "The operation timed out on the platform. Run again when the VM has less load",
  },
  RequestCanceled: { kind: "task-failed", hint: "The task was cancelled in vCenter. Run again" },
};

/** Converts a fault to a SnapstateError. @param taskId the task that ended with it, if any */
export function faultError(fault: VimFault, operation: string, taskId?: string): SnapstateError {
  const rule = faultRules[fault.type];
  const said = fault.message || causes(fault) || "no message";
  return new SnapstateError({
    kind: rule?.kind ?? "task-failed",
    operation,
    detail: `${said}${privilege(fault)}`,
    code: fault.type,
    ...(rule?.remedy ? { remedy: rule.remedy } : { hint: rule?.hint ?? "See the VM's tasks and events in vCenter" }),
    // vCenter has no request ids; its support uses the task's key.
    requestId: taskId,
  });
}

function privilege({ type, detail }: VimFault): string {
  if (type !== "NoPermission") return "";
  const id = text(detail.privilegeId);
  const object = text(detail.object);
  return id ? ` (requires ${id}${object ? ` on ${object}` : ""})` : "";
}

function causes({ detail }: VimFault): string {
  const messages = list(detail.faultMessage).map((entry) =>
    typeof entry === "object" && !Array.isArray(entry) ? text(entry?.message) : "",
  );
  const cause = localizedFault(detail.faultCause);
  return [...messages, text(detail.reason), cause && `caused by ${cause.message || cause.type}`]
    .filter(Boolean)
    .join("; ");
}
