import { ApiError, CS_CODES } from "../api-error";
import type { ApiCall } from "../parameters";
import type { Owned } from "../records";

/** @throws ApiError 535 when the owner's quota of that kind is used up */
export function checkQuota({ state }: ApiCall, kind: "snapshot" | "volume" | "template", source: Owned): void {
  const { account, project } = source;
  const limit = account.limits[kind];
  if (limit === undefined || project !== undefined) return;
  const rows: Owned[] = state[`${kind}s`].filter((row) => row.account === account && row.project === undefined);
  const used = rows.filter((row) => !("state" in row) || row.state !== "Destroyed").length;
  if (used < limit) return;
  throw new ApiError(
    535,
    CS_CODES.allocation,
    `Maximum amount of resources of Type = '${kind}', tag = 'null' for Account Name = ${account.name} in Domain Id = ` +
      `${account.domain.number} is exceeded: Account Resource Limit = ${limit}, Current Account Resource Amount = ${used}, ` +
      "Current Account Resource Reservation = 0, Requested Resource Amount = 1.",
  );
}
