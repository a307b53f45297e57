/** A defect found by the matrices, and the case that detects its return. */
export interface Defect {
  was: string;
  now: string;
  foundBy: string;
}

export const defects: Defect[] = [
  {
    was: "An update recorded a change of name that the platform accepted but did not carry out; no later run made it.",
    now: "An update reads what it changed, and fails while the platform shows the old text.",
    foundBy: "fault: OVHcloud VPS, edit in place, `PUT /vps/:vps/snapshot` answered by `null` and not carried out",
  },
  {
    was: "A run was killed after OVHcloud had reverted, which consumes the snapshot: the Restore could not be created any more.",
    now: "The create of a Restore finds the revert in the platform's history and records it.",
    foundBy: "crash: OVHcloud VPS, restore, at the replies after the revert",
  },
  {
    was: "An error's message contained no secret, but its fields and cause contained the server's reply: printed as an uncaught error, it showed a password that the server had repeated.",
    now: "The error's constructor removes known secrets from every field, and keeps only the message and stack of a cause.",
    foundBy:
      "provider/core/errors/redact.test.ts: an error has no secret in its message, its fields, its stack, its causes",
  },
  {
    was: "A secret was recognised unchanged and in JSON, URLs and XML, but not with unescaped apostrophes in XML, in base64, in forms or in HTML; if it began with another secret, the rest remained.",
    now: "Every character is recognised in each of these encodings, in any mixture.",
    foundBy: "testing/e2e/secrets.test.ts: a server that repeats what it was sent, in its errors",
  },
  {
    was: "vCenter's session cookie and OVHcloud's application key were not registered as secrets, so an error could contain them if a server repeated them.",
    now: "Both are registered as soon as they are known.",
    foundBy: "testing/e2e/secrets.test.ts: no secret is in any state, log, error, crash dump or command line",
  },
  {
    was: "A Restore that moved from the dynamic adapter to the plugin kept the serialized closure in its state.",
    now: "The plugin removes that property from every state.",
    foundBy: "recorded states: Restore, written by the dynamic adapter and read over the plugin",
  },
  {
    was: "A server with only TLS 1.0, or with plain HTTP, gave OpenSSL's internal message after four attempts, with a hint about the network; TLS 1.0 was used if Node's options allowed it.",
    now: "The first attempt reports what listens there, and nothing older than TLS 1.2 is used.",
    foundBy:
      "provider/platforms/shared/http/trust.test.ts: refuses a server that speaks TLSv1 only; says that plain HTTP answers on the port",
  },
  {
    was: "CloudMC and OVHcloud retried four times, for several seconds, when they did not trust a server's certificate.",
    now: "On every platform a failure of trust is not retried.",
    foundBy: "provider/platforms/shared/http/trust.test.ts: cloudmc is asked once and says what to do",
  },
  {
    was: "A `caFile` without a certificate (in DER format) was accepted silently, and then no server was trusted.",
    now: "It is an error that names the file and the required format.",
    foundBy: "provider/platforms/shared/http/client.test.ts: says which caFile cannot be read, or holds no certificate",
  },
  {
    was: "The hint for a certificate that is not valid yet was about certificate authorities.",
    now: "The hint is this machine's clock.",
    foundBy: "provider/platforms/shared/http/trust.test.ts: refuses a certificate that is not valid yet",
  },
  {
    was: "A run was killed after QEMU had merged an overlay and before its file was removed: the file and QEMU's job remained for ever, since the VM no longer needed a consolidation.",
    now: "The merge records its files beforehand and dismisses QEMU's job last; from both, the next run knows what to clean up.",
    foundBy: "crash: QEMU, consolidate, at the replies after the merge",
  },
  {
    was: "A delete of a CloudStack VM snapshot failed if the job of an earlier, killed run removed the snapshot while the new job was queued.",
    now: "After a failed job the driver reads the list: an absent snapshot counts as deleted.",
    foundBy: "crash: CloudStack, VM snapshots, delete, after the request",
  },
  {
    was: "After a failed create task of a CloudMC volume snapshot, a snapshot in Error remained, which no run saw and which occupied the name: every further create was refused.",
    now: "It is reported as unusable, and the next create removes it first.",
    foundBy: "fault: CloudMC, volume snapshots, create, task failed",
  },
  {
    was: "A policy that could not prune because the platform had died promised that the next run would; the next run did not, until the next group was due.",
    now: "The state records it, and a plain re-run prunes.",
    foundBy: "platform dies: CloudStack and CloudMC, policy, at the last requests",
  },
  {
    was: "vSphere creates became slower with their number: from the 200th VM on, each check read the same page of 200 other VMs with their devices, and waited a quarter of a second for other reads. 500 creates took seven minutes, with 4.3 calls each.",
    now: "A read includes as many neighbours of the VM as are likely to be requested while it is recent, and checks use these. 1.3 calls each.",
    foundBy: "`npm run bench -- scale`",
  },
  {
    was: "vSphere's cache of reads kept every VM with all of its devices until the process ended.",
    now: "It keeps recent reads, and only those devices that prevent a snapshot.",
    foundBy: "`npm run bench -- scale`, peak memory",
  },
  {
    was: "With a parallelism above 10, each provider printed Node's warning about leaking listeners.",
    now: "The limit of listeners follows the number of calls.",
    foundBy: "`npm run bench -- scale`",
  },
  {
    was: "On CloudMC and OVHcloud a request that was queued for a connection could time out: a change that was never sent counted as a lost reply.",
    now: "On all platforms the time of a request starts when it leaves the queue, and one that is cancelled in the queue was not sent.",
    foundBy: "provider/platforms/shared/http/turns.test.ts",
  },
  {
    was: "When several programs used one QEMU VM and its backlog of connections was full, an operation failed with EAGAIN and the question whether the VM is running.",
    now: "It waits for its turn, up to its timeout.",
    foundBy: "`npm run soak -- --seed 607833`",
  },
  {
    was: "QEMU: a linked clone whose file name began with its base's name was taken for an overlay, and a ConsolidationTask merged it into the base of other clones.",
    now: "Only overlays added since QEMU was started are merged, as its command line shows, and never into or out of an image that another image or process needs.",
    foundBy:
      "provider/platforms/qemu/chains.test.ts: takes snapshots of a linked clone as it is; refuses to merge into an image that another one builds on",
  },
  {
    was: "QEMU: a disk attached after a snapshot made the snapshot look partial: a refresh dropped the state, the next run deleted the snapshot, and a destroy left it.",
    now: "The disks of a snapshot are recorded when it is taken, and its completeness is judged by them. Later disks are reported.",
    foundBy: "provider/platforms/qemu/coverage.test.ts: judges a snapshot by the disks that it was taken of",
  },
  {
    was: "QEMU, several disks of a stopped VM: a removal changed the first disk before it found that another one could not be opened.",
    now: "Every disk is opened for writing before the first change; a partial snapshot remains visible under its id.",
    foundBy:
      "provider/platforms/qemu/coverage.test.ts: changes no disk of a VM that is off when one of them cannot be opened; shows what is half there",
  },
  {
    was: "QEMU: an external overlay hid the snapshots of its disk, so their states were dropped; a create recommended a merge, and the merge recommended deleting the snapshots.",
    now: "The whole chain is read. The merge keeps snapshots of the image below, and a removal asks for the merge first.",
    foundBy:
      "provider/platforms/qemu/chains.test.ts: keeps snapshots below an overlay in view; still sees them when the VM was started from the overlay",
  },
  {
    was: "QEMU: a disk's relative path was resolved against the Pulumi program's folder, and a stopped VM with a missing disk, or unmounted storage, counted as deleted.",
    now: "Paths come from the process itself. A VM counts as deleted only if all of its disks certainly are.",
    foundBy:
      "provider/platforms/qemu/chains.test.ts: knows a disk by its absolute path; coverage.test.ts: does not call a VM gone whose disk was renamed",
  },
  {
    was: "QEMU: a snapshot was taken in the temporary image of a VM that runs with -snapshot, and vanished with the process.",
    now: "It is refused, with the remedy.",
    foundBy: "provider/platforms/qemu/chains.test.ts: takes no snapshot that would vanish with QEMU's temporary image",
  },
  {
    was: "vSphere refused every snapshot of a VM with a vGPU, even when it was off; disks shared as multi-writer, SR-IOV cards and Fault Tolerance were not checked.",
    now: "Each device is judged by backing, sharing mode and power state, a vGPU by its host's capabilities; what cannot be determined is a warning.",
    foundBy: "testing/contract/vsphere-devices.test.ts, provider/platforms/vsphere/readiness.test.ts",
  },
  {
    was: "vSphere: templates and their snapshots were missing from look-ups, lists and reports.",
    now: "They are included, edited and removed from like any VM; create and revert are refused in the preview.",
    foundBy: "provider/platforms/vsphere/inventory.test.ts: finds a template in all ways and lists it",
  },
  {
    was: "vSphere: a VM displayed as web/1 was not found by that name, and names generated from its own were escaped twice.",
    now: "It is found by its displayed and by its stored name; if both match two VMs, an error lists them.",
    foundBy: "provider/platforms/vsphere/inventory.test.ts: knows a VM by the name people see",
  },
  {
    was: "Polls learned the duration of tasks from their own late reads, and became later each time: a task of half a second was awaited for up to 19 seconds.",
    now: "They learn from the platform's times, or from the reads before and after the end, and never more than was observed; a slow read of one task delays no other.",
    foundBy:
      "provider/core/operation/task-poll-learning.test.ts: what a poll learns of tasks does not run away, over thousands of them",
  },
  {
    was: 'After a manual rename of a VM and a change of `triggers`, the error was "does not exist yet", although the state has its id.',
    now: "If nothing has the name any more, Snapshot, RecoveryPoint, Restore and ConsolidationTask use the target of the state, on every platform.",
    foundBy: "provider/resources/snapshot/replacement.test.ts: a VM that was renamed by hand",
  },
  {
    was: "QEMU: a socket in the connection's folder that is not QMP (a serial console) was awaited for 30 seconds at each read, and hid the healthy VMs from a report.",
    now: "All sockets are read concurrently, with two seconds for a greeting, and the report names those that could not be read.",
    foundBy: "provider/platforms/qemu/sockets.test.ts: keeps nobody waiting for sockets that are no QMP",
  },
  {
    was: "QEMU died during a merge: with the VM off, a ConsolidationTask reported success; with the VM started from its overlay the merge never happened; and if only a step after the merge failed, the merged files remained for ever.",
    now: "The record beside the lower image is kept until the merge is finished and cleaned up; from it the overlays are known as the VM's own, even while it is off.",
    foundBy: "provider/platforms/qemu/consolidation.test.ts: takes up a merge that QEMU did not survive",
  },
  {
    was: "QEMU: a VM whose disk is the base of linked clones was reverted, which changed the clones' data; a VM that got an overlay and was stopped before the next read was changed in the image below the overlay.",
    now: "Such a revert is refused with the names of the clones. Each read of a running VM remembers the images that it writes to.",
    foundBy: "provider/platforms/qemu/chains.test.ts: reverts no image that a linked clone builds on",
  },
  {
    was: 'QEMU: with an NVMe disk and memory, or a qcow2 with an external data file, the preview found nothing and the create failed with "Operation not supported".',
    now: "The preview names the device or the file that QEMU reports as impossible to save.",
    foundBy: "provider/platforms/qemu/capability.test.ts",
  },
  {
    was: "vSphere: a VM with disks left on delta files, an empty snapshot tree and no `consolidationNeeded` passed report and check as healthy.",
    now: "The file layout is compared with the snapshots and confirmed by the devices: a finding with the remedy, on which a ConsolidationTask acts.",
    foundBy: "testing/contract/vsphere-deltas.test.ts; provider/platforms/vsphere/unexplained-deltas.test.ts",
  },
  {
    was: "vSphere: a VM in a vApp had no path, a VM in a nested vApp was not listed, and a path with displayed names was not found.",
    now: "Paths include vApps of any depth, lists include all of them, and paths match stored and displayed names.",
    foundBy:
      "provider/platforms/vsphere/inventory.test.ts: finds and lists VMs in vApps; knows a path with names as people see them",
  },
  {
    was: "For two snapshots of one name the error recommended the snapshot's id, which `adoptExisting` did not accept.",
    now: "`adoptId` accepts an id, of the platform or of a resource.",
    foundBy: "provider/resources/snapshot/create.test.ts: adopts the snapshot of an id where two have its name",
  },
  {
    was: "After a manual rename a SnapshotPolicy did not find its VM, and a Restore's preview reported that it does not exist.",
    now: "Both use the target of the state.",
    foundBy: "provider/resources/policy/policy.test.ts, provider/resources/restore/restore.test.ts: renamed by hand",
  },
  {
    was: "CloudStack: with a VM snapshot in Expunging without a job, after a failed removal, a run repeated creates for ten minutes; later runs only waited, and a destroy made no call. Rows whose job had died in another state were awaited without end.",
    now: "The account's jobs show whether work is still running. What can be cleaned up of one's own snapshots is cleaned up at create, delete and refresh; otherwise the error immediately names what the administrator must do.",
    foundBy: "testing/contract/cloudstack-stuck.test.ts",
  },
  {
    was: "CloudStack: what a failed create left in Error remained, since no state knew it.",
    now: "The failed create removes it; if that fails, the state records it, and a destroy removes it.",
    foundBy: "testing/contract/cloudstack-stuck.test.ts: a create that failed",
  },
  {
    was: "CloudStack: a description with an emoji always failed although the snapshot was taken, and an edit removed the old text before it wrote the new one.",
    now: "Characters of four bytes are escaped in tags. An edit writes a new generation of tags first, and the newest complete one counts.",
    foundBy: "provider/platforms/cloudstack/driver.test.ts: keeps the former description when an edit fails",
  },
  {
    was: "tree, report and check showed unusable snapshots as healthy, on every platform.",
    now: "A failed snapshot is a critical finding, and disks that a snapshot does not cover are a warning.",
    foundBy: "provider/resources/queries/get-report.test.ts: finds what cannot be used",
  },
  {
    was: "CloudStack on KVM: a Restore of a recovery point with memory always failed, since its safety snapshot without memory is refused there.",
    now: "The safety snapshot includes the memory if the platform requires it, and the preview says so.",
    foundBy: "testing/contract/cloudstack-restore.test.ts",
  },
  {
    was: "A secret name or description was in plain text in the state: in `desired` with the dynamic adapter, and in the record of a Restore by id with both. With the plugin, the secrecy of `name` changed between runs, depending on other secrets.",
    now: "Values derived from a secret are secret with both adapters and in every run; inputs are secret if the program says so.",
    foundBy: "testing/e2e/secret-inputs.test.ts, on the real CLI",
  },
  {
    was: "A create that was interrupted and then finished kept an id that ends in its marker until a refresh, and a Restore with that id failed.",
    now: "Such ids are accepted wherever a snapshot is selected: Restore, Template, Volume, adoptId, getSnapshot. The id of another VM's snapshot is refused.",
    foundBy: "provider/resources/restore/restore.test.ts: the id of a snapshot whose create was interrupted",
  },
  {
    was: 'After the state was lost, `up` took over a snapshot by its marker and printed "created". An imported snapshot never got its marker.',
    now: 'It reports "reused snapshot X of <time>". The first `up` after an import writes the marker, and the preview shows the update.',
    foundBy: "testing/e2e/taken-over.test.ts, on the real CLI",
  },
  {
    was: "Outside the checkout the policy pack did not compile with Pulumi's TypeScript, and it was missing from the archive.",
    now: "It has its own TypeScript and is in the archive.",
    foundBy: "testing/e2e/policy-pack.test.ts",
  },
  {
    was: "\"A snapshot is not a backup\" was reported at each preview of an unchanged stack, a chain's depth and a Restore's loss twice, and a loss beside its refusal.",
    now: "Each is reported once, the first only at a create, and a refused Restore reports no loss.",
    foundBy: "testing/e2e/taken-over.test.ts; provider/resources/snapshot/check.test.ts: warns once, at a create",
  },
  {
    was: "OVHcloud VPS: one service that cannot be read, such as an expired one, hid all others from reports and look-ups by name.",
    now: "The others are listed, and it is named as unreadable.",
    foundBy: "provider/platforms/ovh-vps/driver.test.ts: one of which cannot be read",
  },
  {
    was: "The Go SDK that Pulumi generates did not compile, since the schema had defaults on union types, and Python's type checker refused plain strings for enums.",
    now: "Such defaults are in the description, and enums are unions of string and enum; the examples are compiled with the generated SDKs.",
    foundBy: "testing/e2e/sdks.test.ts",
  },
  {
    was: "A report, prune or page with more than ten VMs printed MaxListenersExceededWarning.",
    now: "Shared signals set their limit of listeners when they are created.",
    foundBy: "provider/platforms/qemu/sockets.test.ts: takes snapshots of 12 VMs at once",
  },
  {
    was: "QEMU: if QEMU died in the merge of the first of two overlays, the second overlay remained for ever; and if QEMU was restarted between two reads of its job, the job counted as successful, and the record of the merge was removed.",
    now: "All merges are recorded before the first begins, and a job that QEMU no longer knows counts as a lost reply.",
    foundBy:
      "provider/platforms/qemu/consolidation.test.ts: disks whose turn had not come; started again between two looks",
  },
  {
    was: "Terraform and OpenTofu with create_before_destroy: an apply soon after an interrupted one, while the platform was still taking the snapshot, took that snapshot over; then the destroy of the tainted object, which knew only the marker, deleted it.",
    now: "A destroy keeps what the create of the same resource took over, even if its state has only the marker; also for templates and volumes.",
    foundBy:
      "testing/e2e/terraform-killed.test.ts; provider/resources/snapshot/replacement.test.ts: from an interrupted create, whose state has only the marker",
  },
  {
    was: "Terraform and OpenTofu with create_before_destroy: a forced replacement keeps the snapshot. If a dependent failed before the destroy of the old object, the next apply destroyed that object, and with it the snapshot.",
    now: "The state records that its create took a snapshot over; an older state of the same snapshot is dropped without deleting anything, with a warning.",
    foundBy: "testing/e2e/terraform-trouble.test.ts: a forced replacement whose dependent fails",
  },
];
