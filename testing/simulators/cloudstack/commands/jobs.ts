import { ApiError, CS_CODES } from "../api-error";
import { LIST_RULES, listReply } from "../parameters";
import { jobView } from "../views/jobs";
import { type Command, required } from "./command";
import { newestFirst } from "./snapshots";

const queryAsyncJobResult: Command = {
  name: "queryAsyncJobResult",
  parameters: { jobid: { type: "uuid", of: "jobs", required: true } },
  answer({ parameters, state, account }) {
    const job = required(parameters.row("jobid", state.jobs));
    if (job.account !== account && account.role !== "Admin") {
      const shown = JSON.stringify({ accountName: account.name, id: account.number, uuid: account.id });
      throw new ApiError(
        531,
        CS_CODES.permission,
        `Account Account [${shown}] is not authorized to see job id=${job.number}`,
      );
    }
    return jobView(state, job);
  },
};

/** Pending jobs; those of others only with `listall`, for an admin. */
const listAsyncJobs: Command = {
  name: "listAsyncJobs",
  parameters: { ...LIST_RULES, startdate: { type: "text" } },
  answer(call) {
    const { parameters, state, account } = call;
    const all = account.role === "Admin" && parameters.flag("listall");
    const from = parameters.text("startdate");
    const rows = state.jobs
      .filter((job) => all || job.account === account)
      .filter((job) => from === undefined || job.created.toISOString() >= from);
    return listReply(call, "asyncjobs", newestFirst(rows), (row) => jobView(state, row));
  },
};

export const jobCommands: Command[] = [queryAsyncJobResult, listAsyncJobs];
