import { type ErrorKind, type Remedy, SnapstateError } from "../../core/errors";
import { localizedFault, type VimFault } from "./client/fault";
import { list, text } from "./client/xml";

interface FaultRule {
  kind: ErrorKind;
  /** What the reader does next, in words of no tool. */
  hint: string;
  /** The same as data, which the adapter words. */
  remedy?: Remedy;
}

/**
 * What a vim25 fault means here, by its type (vSphere Web Services API, "Faults"). The text of a fault is the server's
 * language and changes; it is quoted and never looked at.
 */
export const faultRules: Readonly<Record<string, FaultRule>> = {
  TaskInProgress: { kind: "busy", hint: "Another task is at work on the VM. Wait for it, then run again" },
  ConcurrentAccess: { kind: "busy", hint: "Somebody changed the VM at the same moment. Run again" },
  FileLocked: {
    kind: "task-failed",
    hint: "Another process holds one of the VM's disks: most often a backup appliance that has it attached, or another host. End that, then run again",
  },
  NoDiskSpace: { kind: "quota", hint: "Free space on the VM's datastore, for example by removing old snapshots" },
  NoPermission: { kind: "permission", hint: "Grant the privilege to the connection's user on this VM" },
  NotAuthenticated: { kind: "auth", hint: "The session was ended. The state is unchanged; run again" },
  InvalidLogin: { kind: "auth", hint: "Check the connection's username and password" },
  ManagedObjectNotFound: {
    kind: "not-found",
    hint: "It was removed. Refresh the state",
    remedy: { action: "refresh" },
  },
  TooManySnapshotLevels: { kind: "quota", hint: "A chain holds 32 snapshots at most. Remove some" },
  SnapshotIncompatibleDeviceInVm: {
    kind: "conflict",
    hint: "A device excludes snapshots: a physical-mode RDM, a shared SCSI bus, a PCI passthrough device or a guest iSCSI disk",
  },
  RawDiskNotSupported: { kind: "conflict", hint: "Raw disks exclude snapshots" },
  SharedBusControllerNotSupported: { kind: "conflict", hint: "A SCSI controller with a shared bus excludes snapshots" },
  MemorySnapshotOnIndependentDisk: {
    kind: "conflict",
    hint: "Leave the memory out, or make the VM's independent disks dependent",
  },
  ApplicationQuiesceFault: {
    kind: "task-failed",
    hint: "A program in the guest could not be made quiet: see the guest's event log, or use quiesce: prefer",
  },
  FilesystemQuiesceFault: {
    kind: "task-failed",
    hint: "The guest's file systems could not be made quiet: see the guest's VMware Tools log, or use quiesce: prefer",
  },
  MultipleSnapshotsNotSupported: {
    kind: "conflict",
    hint: "This VM may have one snapshot only. Remove the other first",
  },
  SnapshotDisabled: {
    kind: "conflict",
    hint: "Snapshots are switched off in the VM's configuration (snapshot.maxSnapshots)",
  },
  SnapshotLocked: { kind: "busy", hint: "The snapshot is in use by another task. Wait for it, then run again" },
  SnapshotNoChange: {
    kind: "conflict",
    hint: "Nothing has changed since the last snapshot, so the platform takes none",
  },
  SnapshotFault: { kind: "task-failed", hint: "See the VM's log (vmware.log) for the reason" },
  InvalidSnapshotFormat: { kind: "conflict", hint: "The snapshot was made by another product or is damaged" },
  InvalidPowerState: { kind: "conflict", hint: "Bring the VM into the power state that the answer names" },
  InvalidState: {
    kind: "conflict",
    hint: "The VM's present state does not allow it: is it being migrated, or a Fault Tolerance secondary?",
  },
  InvalidName: { kind: "bad-input", hint: "Choose another name" },
  InvalidArgument: { kind: "bad-input", hint: "See the property that the answer names" },
  InsufficientResourcesFault: { kind: "quota", hint: "The host is short of the resource that the answer names" },
  VmConfigFault: { kind: "conflict", hint: "The VM's configuration does not allow it" },
  FileFault: { kind: "task-failed", hint: "A file of the VM could not be used: check the datastore" },
  FileNotFound: { kind: "task-failed", hint: "A file of the snapshot is missing from the datastore" },
  CannotAccessFile: {
    kind: "task-failed",
    hint: "The datastore does not give a file of the VM: is it reachable from the host?",
  },
  NotSupported: { kind: "unsupported", hint: "This host or VM does not support it" },
  RestrictedVersion: { kind: "unsupported", hint: "The host's licence does not include it" },
  NotEnoughLicenses: { kind: "unsupported", hint: "The host's licence does not include it" },
  MethodNotFound: { kind: "unsupported", hint: "The server's API version does not have this call" },
  HostNotConnected: { kind: "conflict", hint: "The VM's host is not connected to its vCenter" },
  HostCommunication: { kind: "conflict", hint: "vCenter cannot reach the VM's host" },
  Timedout: { kind: "task-failed", hint: "The platform gave up. Run again when the VM is quieter" },
  RequestCanceled: { kind: "task-failed", hint: "Somebody cancelled the task. Run again" },
};

/** A fault as this project's error. @param taskId the task that ended with it, if one had begun. */
export function faultError(fault: VimFault, operation: string, taskId?: string): SnapstateError {
  const rule = faultRules[fault.type];
  const said = fault.message || causes(fault) || "no message";
  return new SnapstateError({
    kind: rule?.kind ?? "task-failed",
    operation,
    detail: `${said}${privilege(fault)}`,
    code: fault.type,
    ...(rule?.remedy ? { remedy: rule.remedy } : { hint: rule?.hint ?? "See the VM's tasks and events in vCenter" }),
    // vCenter has no request ids; the task's key is what its support asks for.
    requestId: taskId,
  });
}

function privilege({ type, detail }: VimFault): string {
  if (type !== "NoPermission") return "";
  const id = text(detail.privilegeId);
  const object = text(detail.object);
  return id ? ` (it needs ${id}${object ? ` on ${object}` : ""})` : "";
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
