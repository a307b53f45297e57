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
  /** Whether it changes something. @default false */
  changes?: boolean;
  answer(call: ApiCall): object;
}

/** Answers with a job, and continues. */
export interface AsyncCommand extends Described {
  /** The Java class in the job's `cmd`, without the common package. */
  className: string;
  /**
   * Runs before the response: checks that fail immediately, and for creates the new row.
   * @throws ApiError to respond with
   */
  begin(call: ApiCall): Begun;
}

export interface Begun {
  /** Id of the row that a create has allocated. */
  id?: string;
  /** The object that the job belongs to. */
  instance?: JobRow["instance"];
  /** The job. Its return value becomes `jobresult`; an ApiError makes the job fail. */
  work(run: JobRun): Promise<object>;
}

export type Command = SyncCommand | AsyncCommand;

export function isAsync(command: Command): command is AsyncCommand {
  return "begin" in command;
}

export function changesState(command: Command): boolean {
  return isAsync(command) || command.changes === true;
}

/** @throws ApiError 531 for another owner's object */
export function mayOperate<R extends Owned>({ account, state }: ApiCall, row: R): R {
  if (!state.mayTouch(account, row)) throw noPermission();
  return row;
}

/** @throws an error of the simulator: required parameters are validated before */
export function required<V>(value: V | undefined): V {
  if (value === undefined) throw new Error("A required parameter is absent after its validation");
  return value;
}
