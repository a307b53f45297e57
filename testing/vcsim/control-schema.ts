import { z } from "zod";

/** A snapshot in the simulator. */
export interface VcsimSnapshot {
  moref: string;
  name: string;
  description: string;
  state: string;
  quiesced: boolean;
  createTime: string;
  children: VcsimSnapshot[];
}

const snapshotSchema: z.ZodType<VcsimSnapshot> = z.lazy(() =>
  z.object({
    moref: z.string(),
    name: z.string(),
    description: z.string(),
    state: z.string(),
    quiesced: z.boolean(),
    createTime: z.string(),
    children: z.array(snapshotSchema),
  }),
);

export const vmSchema = z.object({
  moref: z.string(),
  name: z.string(),
  path: z.string(),
  uuid: z.string(),
  instanceUuid: z.string(),
  power: z.enum(["poweredOn", "poweredOff", "suspended"]),
  tools: z.string(),
  consolidationNeeded: z.boolean(),
  /** Running snapshot tasks and consolidations. */
  runningTasks: z.number(),
  current: z.string().nullable(),
  snapshots: z.array(snapshotSchema),
});
export type VcsimVm = z.infer<typeof vmSchema>;

export const datastoreSchema = z.object({
  moref: z.string(),
  name: z.string(),
  capacity: z.number(),
  freeSpace: z.number(),
});
export type VcsimDatastore = z.infer<typeof datastoreSchema>;

export const entrySchema = z.object({
  n: z.number(),
  time: z.string(),
  method: z.string(),
  object: z.string(),
  outcome: z.enum(["pending", "ok", "fault", "http", "dropped-before", "dropped-after"]),
  fault: z.string().optional(),
});
export type VcsimEntry = z.infer<typeof entrySchema>;

export const ruleSchema = z.object({
  /** A SOAP method's name, or `*`. */
  method: z.string(),
  /** Only calls on this object; a task rule on a snapshot also matches by its VM. */
  object: z.string().optional(),
  /** Number of matching calls to let pass first. */
  skip: z.number().optional(),
  /** Maximum number of calls. */
  max: z.number().optional(),
  /** A vim25 fault type. */
  fault: z.string().optional(),
  faultFields: z.record(z.string(), z.unknown()).optional(),
  /** The localized message of a task error. */
  message: z.string().optional(),
  /** The call succeeds, and its task ends in the fault, or takes `delayMs` longer. */
  task: z.boolean().optional(),
  delayMs: z.number().optional(),
  /** An HTTP status instead of a reply. */
  http: z.number().optional(),
  /** The Retry-After header that goes with `http`. */
  retryAfter: z.string().optional(),
  /** Close the connection before the call is executed, or after it without a reply. */
  drop: z.enum(["before", "after"]).optional(),
});
export type VcsimRule = z.infer<typeof ruleSchema>;

export const countsSchema = z.record(z.string(), z.number());
export const madeSchema = z.object({ moref: z.string() });
export const expiredSchema = z.object({ expired: z.number() });
export const errorSchema = z.object({ error: z.string() });

export const readySchema = z.object({
  url: z.string(),
  control: z.string(),
  pid: z.number(),
  ca: z.string(),
  fingerprint: z.string(),
  createMs: z.number(),
});
export type Ready = z.infer<typeof readySchema>;
