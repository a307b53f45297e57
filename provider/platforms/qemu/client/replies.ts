import { type ZodType, z } from "zod";

/*
 * The parts of QMP replies that are used. https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html
 */

/** qcow2 stores both parts of a time in 32 bits. */
const uint32 = z.int().min(0).max(0xffff_ffff);

const snapshotInfo = z.object({
  id: z.string(),
  name: z.string(),
  "vm-state-size": z.number().min(0),
  "date-sec": uint32,
  "date-nsec": uint32,
});

/** A snapshot inside one qcow2 image. */
export type ImageSnapshot = z.infer<typeof snapshotInfo>;

export interface ImageInfo {
  filename: string;
  format: string;
  "virtual-size": number;
  "actual-size"?: number | undefined;
  snapshots?: ImageSnapshot[] | undefined;
  "full-backing-filename"?: string | undefined;
  "backing-filename"?: string | undefined;
  "backing-image"?: ImageInfo | undefined;
  "format-specific"?: { data: { "data-file"?: string | undefined } } | undefined;
}

export const imageInfo: z.ZodType<ImageInfo> = z.lazy(() =>
  z.object({
    filename: z.string(),
    format: z.string(),
    "virtual-size": z.number(),
    "actual-size": z.number().optional(),
    snapshots: z.array(snapshotInfo).optional(),
    "full-backing-filename": z.string().optional(),
    "backing-filename": z.string().optional(),
    "backing-image": imageInfo.optional(),
    "format-specific": z.object({ data: z.object({ "data-file": z.string().optional() }) }).optional(),
  }),
);

export const blockDevices = z.array(
  z.object({
    device: z.string(),
    qdev: z.string().optional(),
    inserted: z
      .object({
        file: z.string(),
        drv: z.string(),
        ro: z.boolean(),
        "node-name": z.string().optional(),
        image: imageInfo,
      })
      .optional(),
  }),
);

export type BlockDevice = z.infer<typeof blockDevices>[number];

export const statusReply = z.object({ status: z.string(), running: z.boolean() });
export const uuidReply = z.object({ UUID: z.string() });
export const nameReply = z.object({ name: z.string().optional() });

/**
 * `blocked-reasons`: why QEMU can neither migrate nor save the VM's memory now; each names the device. Since QEMU 6.0.
 */
export const migrationReply = z.object({ "blocked-reasons": z.array(z.string()).default([]) });

export const jobs = z.array(
  z.object({
    id: z.string(),
    type: z.string(),
    status: z.string(),
    "current-progress": z.number(),
    "total-progress": z.number(),
    error: z.string().optional(),
  }),
);

export type Job = z.infer<typeof jobs>[number];

/** What `qemu-img info --output=json --backing-chain` prints. */
export const imageChain = z.array(imageInfo).min(1);

/** Undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The parsed reply; undefined if it does not match, or is nested too deeply. */
export function parseReply<T>(schema: ZodType<T>, reply: unknown): T | undefined {
  try {
    return schema.safeParse(reply).data;
  } catch {
    return undefined;
  }
}
