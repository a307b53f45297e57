import { noPermission } from "../api-error";
import type { JobRun } from "../jobs";
import type { ApiCall, ParameterRules } from "../parameters";
import type { AccountRow, JobRow, Owned } from "../records";

interface Described {
  name: string;
  parameters: ParameterRules;
  /** The roles that may call it. @default both */
  only?: AccountRow["role"];
}

/** Answers at once. */
export interface SyncCommand extends Described {
  /** Whether it changes anything. @default false */
  changes?: boolean;
  answer(call: ApiCall): object;
}

/** Answers with a job, and goes on. */
export interface AsyncCommand extends Described {
  /** The Java class that the job's `cmd` shows, without the common package. */
  className: string;
  /**
   * What happens before the answer: the checks that fail at once, and for creates the row.
   * @throws ApiError which is the answer
   */
  begin(call: ApiCall): Begun;
}

export interface Begun {
  /** Of the row that a create has allocated. */
  id?: string;
  /** What the job belongs to. */
  instance?: JobRow["instance"];
  /** The job. What it returns becomes `jobresult`; an ApiError becomes the job's failure. */
  work(run: JobRun): Promise<object>;
}

export type Command = SyncCommand | AsyncCommand;

export function isAsync(command: Command): command is AsyncCommand {
  return "begin" in command;
}

export function changesState(command: Command): boolean {
  return isAsync(command) || command.changes === true;
}

/** @throws ApiError 531 for what belongs to somebody else */
export function mayOperate<R extends Owned>({ account, state }: ApiCall, row: R): R {
  if (!state.mayTouch(account, row)) throw noPermission();
  return row;
}

/** @throws an error of the simulator: a required parameter was validated before */
export function required<V>(value: V | undefined): V {
  if (value === undefined) throw new Error("A required parameter is absent after its validation");
  return value;
}
