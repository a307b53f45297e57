import {
  type Clock,
  cancelSource,
  Deadline,
  type OperationContext,
  type Progress,
} from "../../provider/core/operation";
import { quickClock } from "../support/quick-clock";

/** An operation context as a lifecycle creates it, with the recorded reports. */
export interface TestCall extends OperationContext {
  reports: Progress[];
  abort: AbortController;
}

export function testCall(options: { operation?: string; milliseconds?: number; clock?: Clock } = {}): TestCall {
  const { operation = "do what the test wants", milliseconds = 20_000, clock = quickClock } = options;
  const abort = cancelSource();
  const reports: Progress[] = [];
  return {
    signal: abort.signal,
    deadline: new Deadline(milliseconds, clock),
    operation,
    report: (progress) => reports.push(progress),
    reports,
    abort,
  };
}
