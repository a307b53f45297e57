import type { JobRow } from "../records";
import { type CloudState, isOld } from "../state";
import { present, timeText } from "./common";

/** A job as in `queryAsyncJobResult`. Jobs of VM snapshots do not contain the VM snapshot's id. */
export function jobView(state: CloudState, row: JobRow): object {
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
    ...managementServer(state, row),
    created: timeText(row.created),
    completed: row.completed && timeText(row.completed),
    jobid: row.id,
  });
}

/** Since 4.22: the server that runs it, absent at the end. */
function managementServer(state: CloudState, { status }: JobRow): object {
  if (isOld(state)) return { managementserverid: 2130706433 };
  if (status !== 0) return {};
  return { managementserverid: "d4c1ae2f-55a6-4f3e-9f0b-6d1b7a3f2c10", managementservername: "mgmt1" };
}

/** The fields of an object with a running job. */
export function pendingJob(state: CloudState, type: NonNullable<JobRow["instance"]>["type"], id: string): object {
  const [job] = state.jobs.filter(({ status, instance }) => {
    return status === 0 && instance?.type === type && instance.id === id;
  });
  return job === undefined ? {} : { jobid: job.id, jobstatus: job.status };
}
