import { z } from "zod";

/** An object of CloudStack. */
export type Entity = Record<string, unknown>;

const entity = z.record(z.string(), z.unknown());

const failureBody = z.object({ errorcode: z.number(), errortext: z.string().default("") });

/** The content of `{"<command>response": ...}`. */
export function unwrap(text: string): Entity | undefined {
  try {
    const [only, ...more] = Object.entries(entity.parse(JSON.parse(text)));
    if (only === undefined || more.length > 0 || !only[0].endsWith("response")) return undefined;
    return entity.parse(only[1]);
  } catch {
    return undefined;
  }
}

export function failureIn(body: Entity): { code: number; text: string } | undefined {
  const parsed = failureBody.safeParse(body);
  return parsed.success ? { code: parsed.data.errorcode, text: parsed.data.errortext } : undefined;
}

/** The reply to an asynchronous command. It has an id if something is created. */
export const startedReply = z.object({ jobid: z.string().min(1), id: z.string().min(1).optional() });

/** 0 is pending, 1 success, 2 failure, 3 cancelled. After the server was killed: 2 without `jobresult`. */
export const jobReply = z.object({
  jobid: z.string().optional(),
  cmd: z.string().optional(),
  jobstatus: z.number(),
  jobresultcode: z.number().optional(),
  jobresult: entity.optional().catch(undefined),
  jobinstanceid: z.string().optional(),
});

export type Job = z.infer<typeof jobReply>;

/** A page of `listAsyncJobs`, including ended jobs. `{}` if empty. */
export const jobsReply = z.object({ count: z.number().optional(), asyncjobs: z.array(jobReply).optional() });

const text = z
  .union([z.string(), z.number()])
  .transform(String)
  .nullish()
  .transform((value) => value ?? undefined);

/**
 * One row of a list. Every row has an id, and text fields are strings; otherwise the whole list is rejected.
 */
const row = z.looseObject({
  ...Object.fromEntries(
    [
      ...["name", "displayname", "description", "displaytext", "state", "created", "parent", "type", "vmstate"],
      ...["account", "domain", "project", "projectid", "zoneid", "zonename", "physicalsize", "size"],
    ].map((key) => [key, text]),
  ),
  id: z.union([z.string().min(1), z.number()]).transform(String),
  tags: z.array(z.looseObject({ key: z.string(), value: text })).nullish(),
});

export const pageReply = (key: string) =>
  z.object({ count: z.number().optional(), [key]: z.array(row).optional() }).transform((page) => ({
    count: page.count as number | undefined,
    rows: (page[key] ?? []) as Entity[],
  }));
