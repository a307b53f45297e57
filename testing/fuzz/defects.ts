import type { Defect } from "../proof/defects";

/** Defects that random input has found, for the same table. */
export const fuzzDefects: Defect[] = [
  {
    was: "A tag of a CloudStack snapshot that was `null`, or a name that was an object, ended a read in a TypeError, and a row without an id became the snapshot `undefined`.",
    now: "Lists are held to it that everything has an id and that texts are texts; otherwise the list was not understood and nothing of it is believed.",
    foundBy: "fuzz: CloudStack, VM snapshots, after some 7,400 changed replies",
  },
  {
    was: "What qemu-img printed was taken as it came: half a text or a number too large ended a read in a SyntaxError, a list of zod's findings or a RangeError.",
    now: "It is a `protocol` error that names the file and what to check; times are held to the 32 bits that qcow2 has for them.",
    foundBy: "fuzz: QEMU, what qemu-img prints",
  },
  {
    was: "The look for a guest agent waited three seconds for a silent guest beyond the call's deadline and its cancel, kept a line without end in memory, and put an object into its message.",
    now: "It ends with the call, takes 64 KiB a line, and only texts come into messages.",
    foundBy: "fuzz: QEMU, guest agent",
  },
  {
    was: "Escape sequences in a name or an error of a platform came to the user's terminal as they were, and an answer of megabytes as one message.",
    now: "Errors show control characters as escapes and cut what a platform says after 2,000 characters.",
    foundBy: "fuzz: every driver, answers with control characters",
  },
  {
    was: "Half a surrogate pair in an id of OVHcloud's ended a read in a URIError, and a list of 100,000 ids in as many requests at once.",
    now: "Such an id, and a list of more than 10,000, is an answer that is not understood.",
    foundBy: "fuzz: OVHcloud VPS, after some 8,500 changed replies; bombs: OVHcloud VPS, a list of a hundred thousand",
  },
  {
    was: "A schedule that is no cron pattern was refused in a library's words with the whole pattern in them, 65,000 characters if need be; wrong types were told in the words of a validation library.",
    now: "Every refusal says in plain words what the property must be, and quotes at most 80 characters.",
    foundBy: "bad inputs: SnapshotPolicy, schedule",
  },
  {
    was: "vCenter's ManagedObjectNotFound about another object than the VM, such as the property collector, was taken as proof that the VM is gone.",
    now: "The fault must name the VM; otherwise the read is an error and the state stays.",
    foundBy: "replies: vSphere",
  },
  {
    was: "Half a surrogate pair in a user's text, or in a name of a platform, ended the print of an id and the requests to CloudMC, CloudStack and OVHcloud in a URIError.",
    now: "Such an input is refused at check, and whatever writes a text into an id or a URL refuses it as `bad-input`.",
    foundBy: "properties: ids, requests",
  },
  {
    was: "A description that ended in a line like `[snapstate-restore:…]` lost it at the first read, and a Restore took it away on the platform.",
    now: "Only the whole form of such a note is one, and a text that ends in that very form is closed by an empty line of the kind.",
    foundBy: "properties: markers, description, notes and a Restore's note",
  },
  {
    was: "A time to live of more than a hundred years, written beside a marker by hand, became an input that no check lets through.",
    now: "It is a word that is not understood.",
    foundBy: "properties: markers, any stored text",
  },
  {
    was: "A name that itself ended in a marker, given to a platform without descriptions, was read back without it; a CloudStack description that ended in `[quiesced]` lost that word and made the snapshot a quiesced one.",
    now: "Such a name is refused, and such a description is kept in tags.",
    foundBy: "properties: marked names; texts of CloudStack",
  },
  {
    was: "A connection's platform that was an object ended the check of a provider's settings in a TypeError, and wrong types were told in the words of a validation library.",
    now: "The check says in plain words what the setting must be.",
    foundBy: "properties: connections, any settings",
  },
  {
    was: "The endpoint `constructor` of OVHcloud, or any text with a slash, was taken for a URL, and failed at the first request.",
    now: "What is neither a known name nor a URL of http or https without credentials is refused when the connection is opened.",
    foundBy: "properties: ovh.conf",
  },
  {
    was: "A date was taken for a schedule, of one moment, whatever the documents say of five parts.",
    now: "It is refused like every text that is no cron pattern.",
    foundBy: "properties: schedules",
  },
  {
    was: "A snapshot made by hand in a qcow2 image and named `constructor` was shown as `Object`, and parents that went in circles in the file beside the disk gave snapshots that were under no root.",
    now: "The file's entries have no prototype, and who is on a circle has no parent that is known.",
    foundBy: "properties: tree of QEMU",
  },
  {
    was: "Proxmox VE: a field's complaint that was an object came into the error as `[object Object]`.",
    now: "Only texts come into the message; of another complaint the field's name stays.",
    foundBy: "provider/platforms/proxmox/client/failure.test.ts: in the fields of a bad parameter",
  },
  {
    was: "Proxmox VE: a hibernated VM, which keeps its lock until it is started, was waited for until the deadline. After ten minutes the error said to run `qm unlock`, which discards the VM's memory.",
    now: "It is refused in the plan and in each change, with the hint to start it.",
    foundBy: "provider/platforms/proxmox/guests.test.ts: a hibernated guest is refused at once",
  },
];
