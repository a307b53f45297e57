import { ApiError, CS_CODES, invalidValue, masked } from "../api-error";
import type { ApiCall } from "../parameters";
import type { Owned } from "../records";
import type { CloudState } from "../state";
import type { Table } from "../table";
import { type AsyncCommand, type Command, mayOperate } from "./command";

/** The taggable kinds, as values of `resourcetype`. */
const TABLES = {
  snapshot: "snapshots",
  vmsnapshot: "vmSnapshots",
  volume: "volumes",
  template: "templates",
  uservm: "vms",
} as const;

const PARAMETERS = {
  resourceids: { type: "texts", required: true },
  resourcetype: { type: "text", required: true },
} as const;

function tagged(call: ApiCall): Owned[] {
  const { parameters, state } = call;
  const type = (parameters.text("resourcetype") as string).toLowerCase();
  const name = TABLES[type as keyof typeof TABLES];
  if (name === undefined) throw invalidValue(`Invalid resource type ${type}`);
  return parameters.texts("resourceids").map((id) => mayOperate(call, found(state, name, id, type)));
}

function found(state: CloudState, name: (typeof TABLES)[keyof typeof TABLES], id: string, type: string): Owned {
  const row = (state[name] as unknown as Table<Owned>).find(id);
  if (row === undefined || row.removed === true) {
    throw invalidValue(`Unable to find resource by uuid ${id} and type ${type}`);
  }
  return row;
}

/** The column is utf8mb3, without characters of four bytes. @throws ApiError 530 */
export function checkTagValues(tags: readonly { value: string }[]): void {
  const wide = tags.find(({ value }) => /[\u{10000}-\u{10ffff}]/u.test(value));
  if (wide) throw masked(`Incorrect string value: '${wide.value}' for column 'value' at row 1`);
}

/** The whole call fails if one of the keys exists. */
const createTags: AsyncCommand = {
  name: "createTags",
  className: "user.tag.CreateTagsCmd",
  parameters: { ...PARAMETERS, tags: { type: "map", required: true }, customer: { type: "text" } },
  begin(call) {
    const rows = tagged(call);
    const tags = call.parameters.map("tags");
    const empty = tags.find(({ value }) => value === "");
    if (empty) throw invalidValue(`Value for the key ${empty.key} is either null or empty`);
    const type = call.parameters.text("resourcetype");
    return {
      async work(run) {
        await run.pass("queued");
        if (run.failure() !== undefined) throw new ApiError(530, CS_CODES.runtime, "Failed to create tags");
        checkTagValues(tags);
        for (const row of rows) {
          const twice = tags.find(({ key }) => row.tags.some((tag) => tag.key === key));
          if (twice === undefined) continue;
          throw new ApiError(530, CS_CODES.runtime, `tag ${twice.key} already on ${type} with id ${row.id}`);
        }
        for (const row of rows) row.tags = [...row.tags, ...tags];
        return { success: true };
      },
    };
  },
};

const deleteTags: AsyncCommand = {
  name: "deleteTags",
  className: "user.tag.DeleteTagsCmd",
  parameters: { ...PARAMETERS, tags: { type: "map" } },
  begin(call) {
    const rows = tagged(call);
    const keys = call.parameters.map("tags").map(({ key }) => key);
    return {
      async work(run) {
        await run.pass("queued");
        const missing = rows.some((row) => keys.some((key) => !row.tags.some((tag) => tag.key === key)));
        if (missing || run.failure() !== undefined) throw new ApiError(530, CS_CODES.runtime, "Failed to delete tags");
        for (const row of rows) row.tags = keys.length === 0 ? [] : row.tags.filter(({ key }) => !keys.includes(key));
        return { success: true };
      },
    };
  },
};

export const tagCommands: Command[] = [createTags, deleteTags];
