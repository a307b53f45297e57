import { z } from "zod";

const text = z.union([z.string(), z.number()]).transform(String);

/** One entry of `errors`. The documents have `code`, go-cloudca reads `errorCode`. */
const apiError = z.object({
  code: text.optional(),
  errorCode: text.optional(),
  message: z.string().optional(),
  context: z
    .object({ id: text.optional(), currentState: z.string().optional(), type: z.string().optional() })
    .optional()
    .catch(undefined),
});

export type ApiError = z.infer<typeof apiError>;

export const failureReply = z.object({ errors: z.array(apiError).min(1) });

/** Objects without an id cannot be identified. */
const entity = z.looseObject({ id: text.refine((id) => id !== "") });

export const listReply = z.object({
  data: z.array(entity),
  metadata: z.object({ recordCount: z.number().optional() }).optional(),
});

export const oneReply = z.object({ data: entity });

/** The reply to a change: the task that carries it out. */
export const taskStarted = z.object({
  taskId: text,
  taskStatus: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

const taskFields = z.object({
  id: text.optional(),
  taskId: text.optional(),
  status: z.string().optional(),
  taskStatus: z.string().optional(),
  result: z.unknown().optional(),
});

/** A task as documented (at the top level), and as both official clients read it (below `data`). */
export const taskReply = z
  .union([z.object({ data: taskFields.refine((task) => task.status !== undefined) }), taskFields])
  .transform((reply, context) => {
    const task = "data" in reply && reply.data !== undefined ? (reply.data as z.infer<typeof taskFields>) : reply;
    const status = "status" in task && task.status ? task.status : "taskStatus" in task ? task.taskStatus : undefined;
    if (status === "PENDING" || status === "SUCCESS" || status === "FAILED") {
      return { status, result: (task as z.infer<typeof taskFields>).result } as const;
    }
    context.addIssue({ code: "custom", message: "no task status" });
    return z.NEVER;
  });

export type TaskState = z.infer<typeof taskReply>;
