import type { Defect } from "../proof/defects";

/** Defects that random input has found, for the same table. */
export const fuzzDefects: Defect[] = [
  {
    was: "A `null` tag of a CloudStack snapshot, or a name that was an object, ended a read in a TypeError, and a row without an id became the snapshot `undefined`.",
    now: "In a list everything must have an id, and texts must be strings; otherwise the whole list is refused.",
    foundBy: "fuzz: CloudStack, VM snapshots, after some 7,400 changed replies",
  },
  {
    was: "qemu-img's output was not validated: a truncated text or an excessive number ended a read in a SyntaxError, zod's list of issues or a RangeError.",
    now: "It is a `protocol` error that names the file and what to check; times must fit into qcow2's 32 bits.",
    foundBy: "fuzz: QEMU, what qemu-img prints",
  },
  {
    was: "The search for a guest agent waited three seconds for a silent guest, beyond the call's deadline and its cancellation, kept an endless line in memory, and put an object into its message.",
    now: "It ends with the call, accepts lines of up to 64 KiB, and puts only strings into messages.",
    foundBy: "fuzz: QEMU, guest agent",
  },
  {
    was: "Escape sequences in a platform's names or errors reached the user's terminal unchanged, and a reply of megabytes became a single message.",
    now: "Errors escape control characters and truncate a platform's text after 2,000 characters.",
    foundBy: "fuzz: every driver, answers with control characters",
  },
  {
    was: "Half a surrogate pair in an OVHcloud id ended a read in a URIError, and a list of 100,000 ids started as many concurrent requests.",
    now: "Such an id, and a list of more than 10,000, is refused as a reply.",
    foundBy: "fuzz: OVHcloud VPS, after some 8,500 changed replies; bombs: OVHcloud VPS, a list of a hundred thousand",
  },
  {
    was: "An invalid schedule was refused in a library's words that quoted the whole pattern, up to 65,000 characters; wrong types were refused in a validation library's words.",
    now: "Every refusal says in plain words what the property must be, and quotes at most 80 characters.",
    foundBy: "bad inputs: SnapshotPolicy, schedule",
  },
  {
    was: "vCenter's ManagedObjectNotFound about another object than the VM, such as the property collector, counted as proof that the VM is gone.",
    now: "The fault must name the VM; otherwise the read fails and the state is kept.",
    foundBy: "replies: vSphere",
  },
  {
    was: "Half a surrogate pair in a user's text or a platform's name made printing an id, and requests to CloudMC, CloudStack and OVHcloud, fail with a URIError.",
    now: "Such an input is refused at check, and encoders refuse it as `bad-input`.",
    foundBy: "properties: ids, requests",
  },
  {
    was: "A description that ended in a line like `[snapstate-restore:…]` lost that line at the first read, and a Restore removed it on the platform.",
    now: "Only a complete note counts as one, and a text that ends in a complete note is followed by an empty one.",
    foundBy: "properties: markers, description, notes and a Restore's note",
  },
  {
    was: "A lifetime of more than a hundred years, written manually beside a marker, became an input that every check refused.",
    now: "It is ignored.",
    foundBy: "properties: markers, any stored text",
  },
  {
    was: "A name that ended in a marker lost it on a platform without descriptions; a CloudStack description that ended in `[quiesced]` lost that word and marked the snapshot as quiesced.",
    now: "Such a name is refused, and such a description is stored in tags.",
    foundBy: "properties: marked names; texts of CloudStack",
  },
  {
    was: "A connection's platform that was an object made the check of the provider's settings fail with a TypeError, and wrong types were refused in a validation library's words.",
    now: "The check says in plain words what the setting must be.",
    foundBy: "properties: connections, any settings",
  },
  {
    was: "OVHcloud's endpoint `constructor`, or any text with a slash, was taken for a URL, and failed at the first request.",
    now: "When the connection is opened, the endpoint must be a known name, or an HTTP or HTTPS URL without credentials.",
    foundBy: "properties: ovh.conf",
  },
  {
    was: "A date was accepted as a schedule for a single moment, although a schedule has five parts.",
    now: "It is refused like any invalid cron pattern.",
    foundBy: "properties: schedules",
  },
  {
    was: "A manual snapshot in a qcow2 image named `constructor` was shown as `Object`, and cyclic parents in the sidecar file led to snapshots without a root.",
    now: "The file's entries have no prototype, and snapshots in a cycle have no parent.",
    foundBy: "properties: tree of QEMU",
  },
  {
    was: "Proxmox VE: an error field that was an object appeared in the message as `[object Object]`.",
    now: "Messages contain only strings; for another value, only the field's name.",
    foundBy: "provider/platforms/proxmox/client/failure.test.ts: in the fields of a bad parameter",
  },
  {
    was: "Proxmox VE: a hibernated VM, which keeps its lock until it is started, was awaited until the deadline. After ten minutes the error recommended `qm unlock`, which discards the VM's memory.",
    now: "It is refused in the plan and at each change, with the hint to start it.",
    foundBy: "provider/platforms/proxmox/guests.test.ts: a hibernated guest is refused at once",
  },
];
