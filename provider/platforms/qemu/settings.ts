import { isAbsolute } from "node:path";
import { z } from "zod";
import { durationSetting } from "../shared/duration-setting";

const path = z.string().refine(isAbsolute, "must be an absolute path");

/** Connection settings for QEMU processes of this machine. */
export const qemuSettings = z
  .strictObject({
    directory: path.optional().describe("Folder of QMP sockets, one per VM: `web.qmp`. Alternative: `sockets`."),
    sockets: z.array(path).min(1).optional().describe("QMP sockets, if they have no separate folder."),
    socketTimeout: durationSetting("30s", "1h").describe(
      "How long to wait for a socket that another client uses; QEMU serves one at a time.",
    ),
    freezeTimeout: durationSetting("30s", "10m").describe("How long a guest may stay frozen for a quiesced snapshot."),
    pollInterval: durationSetting("50ms", "10s").describe("Time between two polls of a job."),
    mergeMebibytesPerSecond: z
      .number()
      .positive()
      .max(1_000_000)
      .optional()
      .describe(
        "Maximum speed of a merge of overlays in mebibytes per second, to limit the load of the disk. Default: no limit.",
      ),
    qemuImg: z.string().min(1).default("qemu-img").describe("Path of qemu-img, for powered-off VMs."),
  })
  .refine((settings) => (settings.directory === undefined) !== (settings.sockets === undefined), {
    message: "set directory or sockets, not both",
    path: ["directory"],
  });

export type QemuSettings = z.infer<typeof qemuSettings>;
