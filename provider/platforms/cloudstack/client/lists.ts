import { SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";
import type { CloudStackApi } from "./api";
import { type Entity, pageReply } from "./replies";
import type { Parameters } from "./signing";

/** Maximum reads of a list that changes between two pages. */
const TRIES = 4;

/**
 * A complete list, page by page. A missing item counts as deleted, so a list with inconsistent pages is never returned.
 *
 * @param key the array's name in the reply: `vmSnapshot` for listVMSnapshot
 * @throws SnapstateError `protocol` when it was never complete
 */
export async function wholeList(
  api: CloudStackApi,
  command: string,
  key: string,
  parameters: Parameters,
  pageSize: number,
  call: OperationContext,
): Promise<Entity[]> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const rows = await pages(api, command, key, parameters, pageSize, call);
    if (rows !== undefined) return rows;
  }
  throw new SnapstateError({
    kind: "protocol",
    operation: call.operation,
    detail: `${command} returned fewer rows than its count, ${TRIES} times`,
    hint: "Run again. The state is unchanged",
  });
}

async function pages(
  api: CloudStackApi,
  command: string,
  key: string,
  parameters: Parameters,
  pageSize: number,
  call: OperationContext,
): Promise<Entity[] | undefined> {
  const schema = pageReply(key);
  const rows: Entity[] = [];
  let expected: number | undefined;
  for (let page = 1; ; page++) {
    const paging = { page: String(page), pagesize: String(pageSize) };
    const reply = schema.safeParse(await api.read(command, { ...parameters, ...paging }, call));
    if (!reply.success) {
      const detail = `the reply to ${command} is not a list`;
      throw new SnapstateError({ kind: "protocol", operation: call.operation, detail });
    }
    // An empty result is `{}`: no count and no array.
    const count = reply.data.count ?? 0;
    expected ??= count;
    if (count !== expected) return undefined;
    rows.push(...reply.data.rows);
    if (rows.length >= expected) break;
    if (reply.data.rows.length === 0) return undefined;
  }
  const unique = new Map(rows.map((row) => [`${row.id}/${row.zoneid ?? ""}`, row]));
  return rows.length === expected && unique.size === rows.length ? rows : undefined;
}
