/** A defect found by the matrices, and the case that detects its return. */
export interface Defect {
  was: string;
  now: string;
  foundBy: string;
}

export const defects: Defect[] = [
  {
    was: "A change of name that the platform accepted and did not make was recorded as made, and no later run made it.",
    now: "An update looks at what it changed, and is an error while the platform shows the old text.",
    foundBy: "fault: OVHcloud VPS, edit in place, `PUT /vps/:vps/snapshot` answered by `null` and not carried out",
  },
  {
    was: "A run that was killed after OVHcloud had reverted, and so used the snapshot up, left a Restore that could not be created any more.",
    now: "The create of a Restore finds the revert in the platform's history and records it.",
    foundBy: "crash: OVHcloud VPS, restore, at the replies after the revert",
  },
  {
    was: "An error's message had no secret, but its fields, and the answer in its cause, had what the server said: printed whole, as an uncaught error is, it showed a password that the server had repeated.",
    now: "The error's constructor takes known secrets out of every field, and keeps of a cause its words and its place alone.",
    foundBy:
      "provider/core/errors/redact.test.ts: an error has no secret in its message, its fields, its stack, its causes",
  },
  {
    was: "A secret was found as it is and as JSON, URLs and XML write all of it, but not where a server's XML left apostrophes alone, nor in base64, in forms, or in HTML; of a secret that began with another one, the rest stayed.",
    now: "Every character is known in each way that one of these writers may write it, in any mixture.",
    foundBy: "testing/e2e/secrets.test.ts: a server that repeats what it was sent, in its errors",
  },
  {
    was: "vCenter's session cookie and OVHcloud's application key were not known as secrets, so a server that repeated them brought them into an error.",
    now: "Both are remembered the moment they are known.",
    foundBy: "testing/e2e/secrets.test.ts: no secret is in any state, log, error, crash dump or command line",
  },
  {
    was: "A Restore that moved from the dynamic adapter to the plugin kept the serialized closure in its state.",
    now: "The plugin drops that property from every state it is given.",
    foundBy: "recorded states: Restore, written by the dynamic adapter and read over the plugin",
  },
  {
    was: "A server that only speaks TLS 1.0, or plain HTTP, was a broken connection with OpenSSL's inner words, tried four times, with a hint about the network; TLS 1.0 was spoken where Node had been told to.",
    now: "It is said in words what listens there, at the first try, and nothing older than TLS 1.2 is ever spoken.",
    foundBy:
      "provider/platforms/shared/http/trust.test.ts: refuses a server that speaks TLSv1 only; says that plain HTTP answers on the port",
  },
  {
    was: "CloudMC and OVHcloud asked a server whose certificate they did not trust four times, for several seconds.",
    now: "What reads again knows for all platforms that trust does not come by asking again.",
    foundBy: "provider/platforms/shared/http/trust.test.ts: cloudmc is asked once and says what to do",
  },
  {
    was: "A `caFile` in which there is no certificate (one in DER) was taken without a word, and then nobody was trusted.",
    now: "It is an error that names the file and what it must be.",
    foundBy: "provider/platforms/shared/http/client.test.ts: says which caFile cannot be read, or holds no certificate",
  },
  {
    was: "A certificate that is not valid yet was answered by advice about authorities.",
    now: "The hint is this machine's clock.",
    foundBy: "provider/platforms/shared/http/trust.test.ts: refuses a certificate that is not valid yet",
  },
  {
    was: "A run that was killed after QEMU had merged an overlay, and before its file was removed, left the file and QEMU's job for ever: the VM no longer needed a consolidation.",
    now: "The merge notes beforehand which files it merges, and QEMU's job is let go last: by the two the next run knows that it has to clear up.",
    foundBy: "crash: QEMU, consolidate, at the replies after the merge",
  },
  {
    was: "A delete of a CloudStack VM snapshot failed when the delete of a run that was killed removed it while the second one's job waited.",
    now: "After a job that failed the driver looks: what is gone is removed.",
    foundBy: "crash: CloudStack, VM snapshots, delete, after the request",
  },
  {
    was: "A create of a CloudMC volume snapshot whose task failed left a snapshot in Error, which no run saw and which kept the name: every further create was refused.",
    now: "It is told as a snapshot that cannot be used, and the next create removes it first.",
    foundBy: "fault: CloudMC, volume snapshots, create, task failed",
  },
  {
    was: "A policy that could not prune, since the platform had died, said that the next run would try again; the next run did not, until the next group was due.",
    now: "The state knows it, and a plain re-run prunes.",
    foundBy: "platform dies: CloudStack and CloudMC, policy, at the last requests",
  },
  {
    was: "Creates on vSphere took the longer the more there were: from the 200th VM on each check read the same page of 200 other VMs with their devices, and waited a quarter of a second for company. 500 creates took seven minutes, with 4.3 calls each.",
    now: "Neighbours of the VM that is asked for are read along, as many as will be asked for while that is recent; checks look up in memory. 1.3 calls each.",
    foundBy: "`npm run bench -- scale`",
  },
  {
    was: "vSphere's memory of reads kept every VM with all its devices until the process ended.",
    now: "It keeps what is recent, and of devices only what stands in the way of a snapshot.",
    foundBy: "`npm run bench -- scale`, peak memory",
  },
  {
    was: "At a parallelism above 10 Node warned of a leak of listeners, on the standard error of each provider.",
    now: "Every call in flight may listen for the cancel.",
    foundBy: "`npm run bench -- scale`",
  },
  {
    was: "On CloudMC and OVHcloud a request that waited for a free connection was given up after its own time limit: a change that was never sent counted as a lost reply.",
    now: "Requests of all platforms wait for their turn before their time begins, and one that is cancelled there was not sent.",
    foundBy: "provider/platforms/shared/http/turns.test.ts",
  },
  {
    was: "When several programs talked to one QEMU VM at once, and its line of waiting clients was full, an operation failed with EAGAIN and the question whether the VM is running.",
    now: "It waits for its turn, as long as the operation may take.",
    foundBy: "`npm run soak -- --seed 607833`",
  },
  {
    was: "QEMU: a linked clone whose file's name went on from its base's was taken for an overlay, and a ConsolidationTask merged it into the base that other clones build on.",
    now: "Only overlays that QEMU put on since it was started are merged, as its command line shows, and never into or out of an image that another image or process needs.",
    foundBy:
      "provider/platforms/qemu/chains.test.ts: takes snapshots of a linked clone as it is; refuses to merge into an image that another one builds on",
  },
  {
    was: "QEMU: a disk that was attached after a snapshot made it look partial: a refresh dropped the state, the next run deleted the snapshot, and a destroy left it.",
    now: "The disks that a snapshot covers are noted when it is taken, and completeness is judged by those. The difference is told.",
    foundBy: "provider/platforms/qemu/coverage.test.ts: judges a snapshot by the disks that it was taken of",
  },
  {
    was: "QEMU, several disks of a VM that is off: a removal changed the first disk before it found that another one could not be opened.",
    now: "Every disk is opened for writing before the first change; what is half there stays in view under its id.",
    foundBy:
      "provider/platforms/qemu/coverage.test.ts: changes no disk of a VM that is off when one of them cannot be opened; shows what is half there",
  },
  {
    was: "QEMU: an external overlay above a disk hid its snapshots, so that their states were dropped; a create said to merge, and the merge said to delete the snapshots.",
    now: "The whole chain is read. The merge keeps snapshots of the image below, and a removal says that it comes first.",
    foundBy:
      "provider/platforms/qemu/chains.test.ts: keeps snapshots below an overlay in view; still sees them when the VM was started from the overlay",
  },
  {
    was: "QEMU: a disk's relative path was resolved against the folder of the Pulumi program, and a VM that was off with one disk missing, or with storage not mounted, was gone.",
    now: "Paths come from the process itself. A VM is gone when all its disks are, beyond doubt.",
    foundBy:
      "provider/platforms/qemu/chains.test.ts: knows a disk by its absolute path; coverage.test.ts: does not call a VM gone whose disk was renamed",
  },
  {
    was: "QEMU: a snapshot was taken inside the temporary image of a VM that runs with -snapshot, and vanished with the process.",
    now: "It is refused, with the way out.",
    foundBy: "provider/platforms/qemu/chains.test.ts: takes no snapshot that would vanish with QEMU's temporary image",
  },
  {
    was: "On vSphere a VM with a vGPU was refused every snapshot, also when it was off; a disk shared as multi-writer, an SR-IOV card and Fault Tolerance were not foreseen.",
    now: "Each device is judged by backing, sharing mode and power state, a vGPU by what its host says; what nothing tells is a warning.",
    foundBy: "testing/contract/vsphere-devices.test.ts, provider/platforms/vsphere/readiness.test.ts",
  },
  {
    was: "vSphere: templates were missing from look-ups, lists and reports, with the snapshots that they keep.",
    now: "They are there, edited and removed from like any VM; create and revert are refused at preview.",
    foundBy: "provider/platforms/vsphere/inventory.test.ts: finds a template in all ways and lists it",
  },
  {
    was: "vSphere: a VM that is shown as web/1 was not found by that name, and names generated from its own were escaped twice.",
    now: "It is found by the name that people see and by the one that is stored; when both fit two VMs, an error lists them.",
    foundBy: "provider/platforms/vsphere/inventory.test.ts: knows a VM by the name people see",
  },
  {
    was: "A poll learned how long tasks take from the moment of its own late look, and came later each time: a task of half a second was waited for up to 19 seconds.",
    now: "It learns from the platform's own times, or from the looks before and after the end, never more than was seen; a slow look at one task delays no other.",
    foundBy:
      "provider/core/operation/task-poll-learning.test.ts: what a poll learns of tasks does not run away, over thousands of them",
  },
  {
    was: 'A VM was renamed by hand and `triggers` changed: "does not exist yet", although the state knows its id.',
    now: "Where nothing has the name any more, Snapshot, RecoveryPoint, Restore and ConsolidationTask go on with the target of the state, on every platform.",
    foundBy: "provider/resources/snapshot/replacement.test.ts: a VM that was renamed by hand",
  },
  {
    was: "QEMU: a socket in the connection's folder that is no QMP (a serial console) was waited for 30 seconds at each look, and hid the healthy VMs from a report.",
    now: "All sockets are asked side by side, two seconds are enough for a greeting, and what was not read is named beside the others.",
    foundBy: "provider/platforms/qemu/sockets.test.ts: keeps nobody waiting for sockets that are no QMP",
  },
  {
    was: "QEMU died during a merge: with the VM off, a ConsolidationTask reported success; with the VM started from its overlay it was never merged; and when only what follows a merge failed, the merged files were left for ever.",
    now: "The note beside the lower image is kept until the merge is over and cleared up; by it the overlays are known as the VM's own, also while it is off.",
    foundBy: "provider/platforms/qemu/consolidation.test.ts: takes up a merge that QEMU did not survive",
  },
  {
    was: "QEMU: a VM whose disk linked clones build on was reverted, which changed the data under the clones; a VM that got an overlay and was powered off before the next look was acted on by the image below it.",
    now: "Such a revert is refused with the names of the clones. Each look at a running VM remembers the images that it writes to.",
    foundBy: "provider/platforms/qemu/chains.test.ts: reverts no image that a linked clone builds on",
  },
  {
    was: 'QEMU: with an NVMe disk and memory, or a qcow2 with an external data file, the preview was silent and the create failed with "Operation not supported".',
    now: "The preview names the device or the file, from what QEMU itself says it cannot save.",
    foundBy: "provider/platforms/qemu/capability.test.ts",
  },
  {
    was: "vSphere: a VM whose disks were left on delta files, with an empty snapshot tree and without `consolidationNeeded`, passed report and check as healthy.",
    now: "The file layout is held against the snapshots, and the devices confirm it: a finding with the remedy, and a ConsolidationTask acts on it.",
    foundBy: "testing/contract/vsphere-deltas.test.ts; provider/platforms/vsphere/unexplained-deltas.test.ts",
  },
  {
    was: "vSphere: a VM in a vApp had no path, one in a vApp within a vApp was not listed at all, and a path with a name as people see it was not found.",
    now: "Paths run through vApps of any depth, lists reach all of them, and a path is known by stored and by displayed names.",
    foundBy:
      "provider/platforms/vsphere/inventory.test.ts: finds and lists VMs in vApps; knows a path with names as people see them",
  },
  {
    was: "The error about two snapshots of one name said to name the snapshot by its id, and `adoptExisting` took none.",
    now: "`adoptId` takes an id, of the platform or of a resource.",
    foundBy: "provider/resources/snapshot/create.test.ts: adopts the snapshot of an id where two have its name",
  },
  {
    was: "After a rename by hand a SnapshotPolicy no longer found its VM, and a Restore's preview said that it does not exist.",
    now: "Both go on with the target of the state.",
    foundBy: "provider/resources/policy/policy.test.ts, provider/resources/restore/restore.test.ts: renamed by hand",
  },
  {
    was: "CloudStack: a VM snapshot in Expunging without a job, left by a removal that failed, made the run send creates for ten minutes; later runs only waited, and a destroy made no call. Rows whose job had died in another state were waited for without end.",
    now: "Work without a job is told from work under way by the account's jobs. Of one's own, what can be cleared is cleared at create, delete and refresh; what cannot is named at once with the administrator's way out.",
    foundBy: "testing/contract/cloudstack-stuck.test.ts",
  },
  {
    was: "CloudStack: what a failed create had left in Error stayed, since no state knew of it.",
    now: "The failed create clears it; when it cannot, the state knows it, and a destroy clears it.",
    foundBy: "testing/contract/cloudstack-stuck.test.ts: a create that failed",
  },
  {
    was: "CloudStack: a description with an emoji failed for ever although the snapshot was there, and an edit removed the old text before it wrote the new one.",
    now: "Characters of four bytes are escaped in tags. An edit writes a new generation of tags first, and the newest that is complete counts.",
    foundBy: "provider/platforms/cloudstack/driver.test.ts: keeps the former description when an edit fails",
  },
  {
    was: "tree, report and check showed snapshots that cannot be used as healthy, on every platform.",
    now: "A failed snapshot is a critical finding, and what one does not cover a warning.",
    foundBy: "provider/resources/queries/get-report.test.ts: finds what cannot be used",
  },
  {
    was: "CloudStack on KVM: a Restore of a recovery point with memory always failed at its safety snapshot without memory, which is refused there.",
    now: "The safety snapshot includes the memory where nothing else is to be had, and the preview says so.",
    foundBy: "testing/contract/cloudstack-restore.test.ts",
  },
  {
    was: "A secret name or description stood in plain text in the state: over the dynamic adapter in `desired`, over both in the record of a Restore that was given the snapshot's id. Over the plugin the secrecy of `name` changed from run to run with the texts of other secrets.",
    now: "What is made of a secret is marked as one on both adapters and in every run; what a program states is as secret as it says.",
    foundBy: "testing/e2e/secret-inputs.test.ts, on the real CLI",
  },
  {
    was: "A finished create that had been interrupted kept an id that ends in its marker until a refresh, and a Restore that was given it failed.",
    now: "Such ids are understood wherever a snapshot is named: Restore, Template, Volume, adoptId, getSnapshot. An id of another VM's snapshot is not taken for one of this VM.",
    foundBy: "provider/resources/restore/restore.test.ts: the id of a snapshot whose create was interrupted",
  },
  {
    was: 'An `up` after the state was lost took a snapshot over by its marker and printed "created". An imported snapshot never got its marker.',
    now: 'It says "reused snapshot X of <time>". The first `up` after an import writes the marker, and the preview shows the update.',
    foundBy: "testing/e2e/taken-over.test.ts, on the real CLI",
  },
  {
    was: "The policy pack, installed outside the checkout, did not compile with the TypeScript that Pulumi brings, and was missing from the archive.",
    now: "It has a TypeScript of its own and is in the archive.",
    foundBy: "testing/e2e/policy-pack.test.ts",
  },
  {
    was: "\"A snapshot is not a backup\" was said at each preview of an unchanged stack, a chain's depth and a Restore's loss twice, and a loss beside its refusal.",
    now: "Each is said once, the first at a create only, and what is refused loses nothing.",
    foundBy: "testing/e2e/taken-over.test.ts; provider/resources/snapshot/check.test.ts: warns once, at a create",
  },
  {
    was: "OVHcloud VPS: one service that cannot be read, such as an expired one, hid all others from reports and from look-ups by name.",
    now: "The others are listed, and the one is named as not read.",
    foundBy: "provider/platforms/ovh-vps/driver.test.ts: one of which cannot be read",
  },
  {
    was: "The Go SDK that Pulumi generates did not compile, since the schema had defaults on choices of types, and Python's type checker refused plain strings for enums.",
    now: "Such defaults stand in the description, and enums are choices of a string and the enum; examples are vetted against the generated SDKs.",
    foundBy: "testing/e2e/sdks.test.ts",
  },
  {
    was: "A report, prune or page with more than ten VMs printed MaxListenersExceededWarning.",
    now: "The signals that many wait on say so when they are made.",
    foundBy: "provider/platforms/qemu/sockets.test.ts: takes snapshots of 12 VMs at once",
  },
  {
    was: "QEMU: a VM with overlays on two disks whose process died in the merge of the first kept the second one's overlay for good, and a process that was started again between two looks at its job passed for one whose job had ended well: the note of the merge was removed.",
    now: "All merges are noted before the first begins, and a job that QEMU no longer knows counts as a lost reply.",
    foundBy:
      "provider/platforms/qemu/consolidation.test.ts: disks whose turn had not come; started again between two looks",
  },
  {
    was: "Terraform and OpenTofu: an apply soon after one that was interrupted, while the platform was still taking the snapshot, with create_before_destroy: the new resource took that snapshot over, and the destroy of the tainted one, which knew only its marker, deleted it.",
    now: "A destroy keeps what the create of the same resource has taken over, also where its state has only the marker; templates and volumes alike.",
    foundBy:
      "testing/e2e/terraform-killed.test.ts; provider/resources/snapshot/replacement.test.ts: from an interrupted create, whose state has only the marker",
  },
  {
    was: "Terraform and OpenTofu: a forced replacement with create_before_destroy keeps the snapshot. When a dependent failed before the destroy of the old object, the next apply destroyed it, and with it the snapshot.",
    now: "The state notes when its create took a snapshot over; an older state of the same snapshot is dropped without deleting anything, with a warning.",
    foundBy: "testing/e2e/terraform-trouble.test.ts: a forced replacement whose dependent fails",
  },
];
