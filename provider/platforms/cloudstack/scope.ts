import { SnapstateError } from "../../core/errors";
import { detachedContext, type OperationContext, raceAbort } from "../../core/operation";
import type { CloudStackApi } from "./client/api";
import { wholeList } from "./client/lists";
import type { Entity } from "./client/replies";
import type { Parameters } from "./client/signing";
import { idOf, textOf } from "./kinds";
import type { CloudStackSettings } from "./settings";

export interface Limits {
  /** Sent with every list: the owner. */
  owner: Parameters;
  /** Goes into lists of VMs and volumes, but not into reads by id. */
  zone: Parameters;
  /** `account/<id>` or `project/<id>`. */
  installation: string;
}

/**
 * Whose things a connection sees. Without `projectid` CloudStack answers `{}` for what belongs to a project, and for what
 * belongs to another account, as if it were not there. So the owner is part of the installation's id: state that was made
 * for one owner is never read as another.
 */
export class Scope {
  private known: Promise<Limits> | undefined;

  constructor(
    private readonly api: CloudStackApi,
    private readonly settings: CloudStackSettings,
  ) {}

  limits(call: OperationContext): Promise<Limits> {
    this.known ??= this.read(detachedContext(call)).catch((error) => {
      this.known = undefined;
      throw error;
    });
    return raceAbort(call, this.known);
  }

  private async read(call: OperationContext): Promise<Limits> {
    const { project, zone, account, domainId } = this.settings;
    const inZone = zone && (await this.named("listZones", "zone", { available: "true" }, zone, call));
    const limit: Parameters = inZone ? { zoneid: idOf(inZone) } : {};
    if (project !== undefined) {
      const id = idOf(await this.named("listProjects", "project", {}, project, call));
      return { owner: { projectid: id }, zone: limit, installation: `project/${id}` };
    }
    if ((account === undefined) !== (domainId === undefined)) {
      throw new SnapstateError({
        kind: "bad-input",
        operation: call.operation,
        detail: "the connection has one of account and domainId, and CloudStack needs both",
      });
    }
    if (account !== undefined && domainId !== undefined) {
      const owner = { account, domainid: domainId };
      const id = idOf(await this.named("listAccounts", "account", owner, account, call));
      return { owner, zone: limit, installation: `account/${id}` };
    }
    // Without any parameter it lists the account that asks.
    const [own] = await wholeList(this.api, "listAccounts", "account", {}, this.settings.pageSize, call);
    if (own === undefined) {
      const detail = "CloudStack does not say whose key this is";
      throw new SnapstateError({ kind: "protocol", operation: call.operation, detail });
    }
    return { owner: {}, zone: limit, installation: `account/${idOf(own)}` };
  }

  private async named(
    command: string,
    key: string,
    parameters: Parameters,
    text: string,
    call: OperationContext,
  ): Promise<Entity> {
    const rows = await wholeList(this.api, command, key, parameters, this.settings.pageSize, call);
    const matches = rows.filter((row) => row.id === text || row.name === text);
    const [match, other] = matches;
    if (match !== undefined && other === undefined) return match;
    const names = rows.map((row) => `${textOf(row, "name") ?? "unnamed"} (${idOf(row)})`).join(", ");
    throw new SnapstateError({
      kind: match === undefined ? "bad-input" : "ambiguous",
      operation: call.operation,
      detail: `${match === undefined ? "no" : "more than one"} ${key} is called ${JSON.stringify(text)}`,
      hint: `Set the connection's ${key} to one of those that it may see: ${names || "there are none"}`,
    });
  }
}
