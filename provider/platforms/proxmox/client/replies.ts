import { z } from "zod";

const flag = z.union([z.boolean(), z.number(), z.string()]).transform((value) => Number(value) === 1 || value === true);
/** Up to the year 3000, as seconds. */
const MAX_TIME = 32_503_680_000;
const whole = z
  .union([z.number(), z.string().regex(/^\d+$/)])
  .transform(Number)
  .pipe(z.int().min(0).max(MAX_TIME));

/** A guest in `GET /cluster/resources?type=vm`. Name and template are omitted while its node is down. */
export const guestRow = z.object({
  type: z.enum(["qemu", "lxc"]),
  vmid: whole,
  node: z.string().min(1),
  name: z.string().optional(),
  status: z.string().default("unknown"),
  template: flag.default(false),
  lock: z.string().optional(),
  pool: z.string().optional(),
  hastate: z.string().optional(),
});

export type GuestRow = z.infer<typeof guestRow>;

export const resourcesReply = z.array(z.unknown()).transform((rows, context) => {
  // Skip other rows. A guest's row that cannot be parsed must not look like a missing guest.
  const guests = rows.filter((row) => ["qemu", "lxc"].includes((row as { type?: string } | null)?.type ?? ""));
  const parsed = z.array(guestRow).safeParse(guests);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: "custom", message: "a guest's row cannot be read" });
  return z.NEVER;
});

/** One row of `GET .../snapshot`. `current` is not a snapshot: it names the guest's current snapshot. */
export const snapshotRow = z.object({
  name: z.string().min(1),
  snaptime: whole.default(0),
  description: z.string().default(""),
  parent: z.string().optional(),
  snapstate: z.string().optional(),
  vmstate: flag.default(false),
  running: flag.optional(),
});

export type SnapshotRow = z.infer<typeof snapshotRow>;

export const snapshotsReply = z
  .array(snapshotRow)
  // Every guest is on a node: a list without that row is incomplete.
  .refine((rows) => rows.some(({ name }) => name === "current"), "the row `current` is missing");

export const upidReply = z.string().regex(/^UPID:[^:]+:/);

export const taskReply = z.object({ status: z.string(), exitstatus: z.string().optional() });

export const taskLogReply = z.array(z.object({ t: z.string().default("") }));

export const taskListReply = z.array(
  z.object({
    upid: z.string().min(1),
    type: z.string(),
    status: z.string().optional(),
    endtime: z.number().optional(),
  }),
);

export const featureReply = z.object({ hasFeature: flag });

/** Options of a guest as texts. Raw entries of containers (`lxc`) are lists and do not concern disks. */
export const configReply = z.record(
  z.string(),
  z.unknown().transform((value) => (typeof value === "object" || value === undefined ? "" : String(value))),
);

export const permissionsReply = z.record(z.string(), z.record(z.string(), z.unknown()));

export const storagesReply = z.array(
  z.looseObject({ storage: z.string(), type: z.string(), "snapshot-as-volume-chain": flag.default(false) }),
);

export const ticketReply = z.object({
  // Characters of a cookie: values are sent back unchanged.
  ticket: z.string().regex(/^[\x21-\x3a\x3c-\x7e]+$/),
  CSRFPreventionToken: z.string().regex(/^[\x21-\x7e]+$/),
  NeedTFA: z.unknown().optional(),
});

export const failureReply = z.object({
  message: z.string().optional(),
  errors: z.record(z.string(), z.unknown()).optional(),
});
