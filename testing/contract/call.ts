import { type Call, cancelSource, Deadline, type Progress } from "../../provider/waiting";

/** A call as the lifecycle makes one, with what was reported. */
export interface TestCall extends Call {
  reports: Progress[];
  abort: AbortController;
}

export function testCall(options: { doing?: string; milliseconds?: number } = {}): TestCall {
  const { doing = "do what the test wants", milliseconds = 20_000 } = options;
  const abort = cancelSource();
  const reports: Progress[] = [];
  return {
    signal: abort.signal,
    deadline: new Deadline(milliseconds),
    doing,
    report: (progress) => reports.push(progress),
    reports,
    abort,
  };
}
