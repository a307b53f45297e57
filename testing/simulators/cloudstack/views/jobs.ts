import type { JobRow } from "../records";
import type { CloudState } from "../state";
import { present, timeText } from "./common";

/** A job as `queryAsyncJobResult` shows it. VM snapshots' jobs do not say which VM snapshot. */
export function jobView(row: JobRow): object {
  const { account } = row;
  return present({
    accountid: account.id,
    account: account.name,
    domainid: account.domain.id,
    domainpath: `ROOT${account.domain.path}`.replace(/\/$/, ""),
    userid: account.userId,
    cmd: row.commandClass,
    jobstatus: row.status,
    jobprocstatus: 0,
    jobresultcode: row.resultCode,
    jobresulttype: row.result && "object",
    jobresult: row.result,
    jobinstancetype: row.instance?.type,
    jobinstanceid: row.instance?.type === "VmSnapshot" ? undefined : row.instance?.id,
    managementserverid: 2130706433,
    created: timeText(row.created),
    completed: row.completed && timeText(row.completed),
    jobid: row.id,
  });
}

/** What a thing says of a job that is working on it. */
export function pendingJob(state: CloudState, type: NonNullable<JobRow["instance"]>["type"], id: string): object {
  const [job] = state.jobs.filter(({ status, instance }) => {
    return status === 0 && instance?.type === type && instance.id === id;
  });
  return job === undefined ? {} : { jobid: job.id, jobstatus: job.status };
}
