import { SnapstateError } from "../../core/errors";
import { detachedContext, type OperationContext, raceAbort } from "../../core/operation";
import type { CloudStackApi } from "./client/api";
import { wholeList } from "./client/lists";
import type { Entity } from "./client/replies";
import type { Parameters } from "./client/signing";
import { idOf, textOf } from "./kinds";
import type { CloudStackSettings } from "./settings";

export interface Limits {
  /** The owner; sent with every list. */
  owner: Parameters;
  /** Sent with lists of VMs and volumes, but not with reads by id. */
  zone: Parameters;
  /** `account/<id>` or `project/<id>`. */
  installation: string;
}

/**
 * The owner whose objects a connection sees. CloudStack replies `{}` for objects of another account, or of a project
 * without `projectid`, as if they did not exist. So the owner is part of the installation's id: state of one owner is
 * never read as another.
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
        detail: "the connection has only one of account and domainId; CloudStack requires both",
      });
    }
    if (account !== undefined && domainId !== undefined) {
      const owner = { account, domainid: domainId };
      const id = idOf(await this.named("listAccounts", "account", owner, account, call));
      return { owner, zone: limit, installation: `account/${id}` };
    }
    // Without parameters it lists the caller's account.
    const [own] = await wholeList(this.api, "listAccounts", "account", {}, this.settings.pageSize, call);
    if (own === undefined) {
      const detail = "CloudStack does not report the owner of the API key";
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
      detail: `${match === undefined ? "no" : "more than one"} ${key} has the name ${JSON.stringify(text)}`,
      hint: `Set the connection's ${key} to a visible one: ${names || "none found"}`,
    });
  }
}
