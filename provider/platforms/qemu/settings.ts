import { isAbsolute } from "node:path";
import { z } from "zod";

const path = z.string().refine(isAbsolute, "must be an absolute path");

/** Connection settings for QEMU processes of this machine. */
export const qemuSettings = z
  .strictObject({
    directory: path.optional().describe("Folder of QMP sockets, one a VM: `web.qmp`. Give it, or `sockets`."),
    sockets: z.array(path).min(1).optional().describe("QMP sockets, when they are in no folder of their own."),
    socketSeconds: z
      .number()
      .positive()
      .max(3600)
      .default(30)
      .describe("Seconds to wait for a socket that another client uses; QEMU serves one at a time."),
    frozenSeconds: z
      .number()
      .positive()
      .max(600)
      .default(30)
      .describe("Seconds that a guest may stay frozen for a quiesced snapshot."),
    pollMilliseconds: z.int().min(5).max(10_000).default(50).describe("Milliseconds between two looks at a job."),
    mergeMebibytesPerSecond: z
      .number()
      .positive()
      .max(1_000_000)
      .optional()
      .describe(
        "Mebibytes a second that a merge of overlays moves at most, to leave the disk to the guest. No bound when absent.",
      ),
    qemuImg: z.string().min(1).default("qemu-img").describe("The program for VMs that are powered off."),
  })
  .refine((settings) => (settings.directory === undefined) !== (settings.sockets === undefined), {
    message: "give directory or sockets, not both",
    path: ["directory"],
  });

export type QemuSettings = z.infer<typeof qemuSettings>;
