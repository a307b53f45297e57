import { ApiError, CS_CODES, invalidValue, noPermission } from "./api-error";
import type { AccountRow, Owned, ProjectRow, Row, Tag } from "./records";
import type { CloudState } from "./state";
import type { Table } from "./table";

/** The tables whose rows a parameter can refer to. */
export type TableName =
  | "snapshots"
  | "vmSnapshots"
  | "vms"
  | "volumes"
  | "templates"
  | "zones"
  | "projects"
  | "accounts"
  | "domains"
  | "diskOfferings"
  | "osTypes"
  | "jobs";

export interface ParameterRule {
  type: "text" | "number" | "flag" | "uuid" | "uuids" | "texts" | "map";
  required?: boolean;
  /** For `uuid` and `uuids`. */
  of?: TableName;
  /** Maximum length of a text. @default 255 */
  max?: number;
  /** The Java field's name in the message about a text's length. @default the parameter's name */
  field?: string;
}

export type ParameterRules = Readonly<Record<string, ParameterRule>>;

/** Parameters of every list. */
export const LIST_RULES: ParameterRules = {
  page: { type: "number" },
  pagesize: { type: "number" },
  keyword: { type: "text" },
  listall: { type: "flag" },
  isrecursive: { type: "flag" },
  projectid: { type: "uuid", of: "projects" },
  account: { type: "text" },
  domainid: { type: "uuid", of: "domains" },
  tags: { type: "map" },
};

/** A request's validated parameters; unknown ones are ignored, as by the server. */
export class Parameters {
  constructor(
    private readonly values: ReadonlyMap<string, string>,
    rules: ParameterRules,
    command: string,
    state: CloudState,
  ) {
    for (const [name, rule] of Object.entries(rules)) this.validate(name, rule, command.toLowerCase(), state);
  }

  text(name: string): string | undefined {
    return this.values.get(name);
  }

  flag(name: string): boolean {
    return this.values.get(name)?.toLowerCase() === "true";
  }

  number(name: string): number | undefined {
    const text = this.values.get(name);
    return text === undefined ? undefined : Number(text);
  }

  /** Comma separated. */
  texts(name: string): string[] {
    return this.values.get(name)?.split(",") ?? [];
  }

  row<R extends Row>(name: string, table: Table<R>): R | undefined {
    const id = this.values.get(name);
    return id === undefined ? undefined : table.find(id);
  }

  rows<R extends Row>(name: string, table: Table<R>): R[] {
    return this.texts(name).flatMap((id) => table.find(id) ?? []);
  }

  /** `tags[0].key=a&tags[0].value=b` */
  map(name: string): Tag[] {
    const tags = new Map<string, { key?: string; value?: string }>();
    for (const [parameter, value] of this.values) {
      const parts = /^(\w+)\[(\d+)\]\.(key|value)$/.exec(parameter);
      if (parts?.[1] !== name) continue;
      const index = parts[2] as string;
      tags.set(index, { ...tags.get(index), [parts[3] as string]: value });
    }
    return [...tags.values()].flatMap(({ key, value }) => (key === undefined ? [] : [{ key, value: value ?? "" }]));
  }

  private validate(name: string, rule: ParameterRule, command: string, state: CloudState): void {
    const value = this.values.get(name);
    if (value === undefined) {
      if (!rule.required || (rule.type === "map" && this.map(name).length > 0)) return;
      throw refused(`Unable to execute API command ${command} due to missing parameter ${name}`);
    }
    const failed = (why: string) => refused(`Unable to execute API command ${command} due to invalid value. ${why}`);
    const max = rule.max ?? 255;
    if (rule.type === "text" && value.length > max) {
      throw failed(`Value greater than max allowed length ${max} for param: ${rule.field ?? name}`);
    }
    if (rule.type === "number" && !/^-?\d+$/.test(value)) {
      throw refused(`Unable to execute API command ${command} due to invalid value ${value} for parameter ${name}`);
    }
    if (rule.type !== "uuid" && rule.type !== "uuids") return;
    if (rule.of === "projects" && value === "-1") return;
    const table: Table<never> = state[rule.of as TableName] as Table<never>;
    for (const id of rule.type === "uuid" ? [value] : value.split(",")) {
      if (table.find(id) !== undefined) continue;
      throw failed(
        `Invalid parameter ${name} value=${id} due to incorrect long value format, or entity does not exist ` +
          "or due to incorrect parameter annotation for the field in api cmd class.",
      );
    }
  }
}

const refused = (text: string) => new ApiError(431, CS_CODES.api, text);

/** A request after the verification of its signature. */
export interface ApiCall {
  command: string;
  parameters: Parameters;
  account: AccountRow;
  state: CloudState;
}

/** A page of the rows visible to the caller, as lists return it. */
export function listReply<R extends Row>(
  { parameters, state }: ApiCall,
  key: string,
  rows: readonly R[],
  view: (row: R) => object,
): object {
  const page = parameters.number("page");
  const pageSize = parameters.number("pagesize");
  if (page !== undefined && pageSize === undefined) {
    throw refused('"pagesize" parameter is required when "page" is specified');
  }
  if (pageSize === -1 && page !== undefined) {
    throw invalidValue("Can't specify page parameter when pagesize is -1 (Unlimited)");
  }
  if (pageSize !== undefined && pageSize > state.settings.pageSize) {
    throw invalidValue(`Page size can't exceed max allowed page size value: ${state.settings.pageSize}`);
  }
  if (rows.length === 0) return {};
  const size = pageSize === -1 ? rows.length : (pageSize ?? state.settings.pageSize);
  const shown = rows.slice(((page ?? 1) - 1) * size, (page ?? 1) * size).map(view);
  return { count: rows.length, ...(shown.length > 0 && { [key]: shown }) };
}

/**
 * The rows that a list returns to its caller. Without `projectid` a user does not see what a project owns, even by id;
 * `-1` means all projects of the user.
 * @param byId whether the request selects rows by id, which lets an admin see other owners' rows
 * @throws ApiError 531 for another owner's project
 */
export function visible<R extends Owned>(call: ApiCall, rows: readonly R[], byId: boolean): R[] {
  const seen = sight(call, byId);
  const tags = call.parameters.map("tags");
  return rows.filter((row) => seen(row) && tags.every((tag) => hasTag(row, tag)));
}

function sight({ parameters, account, state }: ApiCall, byId: boolean): (row: Owned) => boolean {
  const isAdmin = account.role === "Admin";
  const listAll = parameters.flag("listall");
  if (parameters.text("projectid") === "-1") {
    const projects = state.projects.filter(({ members }) => isAdmin || members.includes(account));
    const ownToo = listAll || projects.length === 0;
    return (row) => (row.project === undefined ? ownToo && row.account === account : projects.includes(row.project));
  }
  const project = parameters.row("projectid", state.projects);
  if (project !== undefined) {
    checkMember(account, project);
    return (row) => row.project === project;
  }
  const named = accountNamed({ parameters, account, state });
  if (named !== undefined) return (row) => row.project === undefined && row.account === named;
  if (isAdmin && byId) return () => true;
  return (row) => row.project === undefined && (row.account === account || (isAdmin && listAll));
}

/** The account selected by `account` and `domainid`: any for admins, for others their own. */
function accountNamed({ parameters, account, state }: Omit<ApiCall, "command">): AccountRow | undefined {
  const name = parameters.text("account");
  if (name === undefined) return undefined;
  const domain = parameters.row("domainid", state.domains) ?? account.domain;
  const [named] = state.accounts.filter((row) => row.name === name && row.domain === domain);
  if (named === undefined) throw invalidValue(`Unable to find account with name ${name} in domain id=${domain.number}`);
  if (account.role !== "Admin" && named !== account) throw noPermission();
  return named;
}

function checkMember(account: AccountRow, project: ProjectRow): void {
  if (account.role === "Admin" || project.members.includes(account)) return;
  const text = `Account ${account.name} can't operate with projectId=${project.number}`;
  throw new ApiError(531, CS_CODES.permission, text);
}

function hasTag(row: Owned, { key, value }: Tag): boolean {
  return row.tags.some((tag) => tag.key === key && (value === "" || tag.value === value));
}
