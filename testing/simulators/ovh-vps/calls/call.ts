import type { SimulatedRequest } from "../../http-simulator";
import type { Carts } from "../carts";
import { badParameter } from "../refusal";
import type { Account, SimulatedVps } from "../state";
import type { Tasks } from "../tasks";

/** What a call of the API is given. */
export interface World {
  account: Account;
  tasks: Tasks;
  carts: Carts;
  /** Of the account, as `/auth/details` tells it. */
  accountName: string;
  /** Where this API is, for links in answers. */
  url: string;
}

export interface CallInput {
  world: World;
  request: SimulatedRequest;
  /** The parts of the path in braces. */
  path: Record<string, string>;
  /** Throws for a VPS that is not the account's. */
  vps(): SimulatedVps;
  query: Record<string, string | undefined>;
  body: Record<string, unknown>;
}

/** One call of the API. Queries and fields that are not named here are refused. */
export interface ApiCall {
  /** `GET /vps/{serviceName}/snapshot` */
  call: string;
  query?: readonly string[];
  /** Fields of the body by what they must be; a `?` makes one optional. */
  body?: Readonly<Record<string, "string" | "string?" | "boolean?" | "number" | "any">>;
  run(input: CallInput): unknown;
}

/** A body that has what it must have, and nothing else. */
export function checkedBody(text: string, allowed: ApiCall["body"]): Record<string, unknown> {
  if (text === "") return required({}, allowed ?? {});
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw badParameter("body", "is not JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badParameter("body", "is not an object");
  for (const name of Object.keys(body)) if (!Object.hasOwn(allowed ?? {}, name)) throw badParameter(name, "is unknown");
  return required(body as Record<string, unknown>, allowed ?? {});
}

function required(body: Record<string, unknown>, allowed: NonNullable<ApiCall["body"]>): Record<string, unknown> {
  for (const [name, kind] of Object.entries(allowed)) {
    const value = body[name];
    const optional = kind.endsWith("?");
    if (value === undefined || value === null) {
      if (!optional && kind !== "any") throw badParameter(name, "Missing parameter");
    } else if (kind !== "any" && typeof value !== kind.replace("?", "")) {
      throw badParameter(name, `Given data is not valid for type ${kind.replace("?", "")}`);
    }
  }
  return body;
}
