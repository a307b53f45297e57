import { describeDriverContract } from "../../../testing/contract/driver-contract";
import { qemu } from "../../../testing/platforms/qemu";

/** Rules about what QEMU does not have, and where what it has instead is tested. */
const LEFT_OUT = [
  // Without memory a snapshot is one command and no task; saves.test.ts has the same for saves of the memory.
  "stops waiting when cancelled, with the task's id, and settles later",
  "stops waiting at the deadline, with the task's id",
  // A removal leaves no disks behind; consolidation.test.ts merges overlays that others left.
  "keeps disks when told to, and consolidates them",
];

describeDriverContract("QEMU with real VMs", () => qemu({ proxied: true }), LEFT_OUT);
