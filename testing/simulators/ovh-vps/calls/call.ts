import type { SimulatedRequest } from "../../http-simulator";
import type { Carts } from "../carts";
import { badParameter } from "../refusal";
import type { Account, SimulatedVps } from "../state";
import type { Tasks } from "../tasks";

/** The context of an API call. */
export interface World {
  account: Account;
  tasks: Tasks;
  carts: Carts;
  /** The account, as in `/auth/details`. */
  accountName: string;
  /** Base URL of this API, for links in replies. */
  url: string;
}

export interface CallInput {
  world: World;
  request: SimulatedRequest;
  /** Path parameters. */
  path: Record<string, string>;
  /** Throws for another account's VPS. */
  vps(): SimulatedVps;
  query: Record<string, string | undefined>;
  body: Record<string, unknown>;
}

/** An API call. Query parameters and fields that are not listed are refused. */
export interface ApiCall {
  /** `GET /vps/{serviceName}/snapshot` */
  call: string;
  query?: readonly string[];
  /** Types of the body's fields; `?` marks optional ones. */
  body?: Readonly<Record<string, "string" | "string?" | "boolean?" | "number" | "any">>;
  run(input: CallInput): unknown;
}

/** Validates a body: all required fields, and no others. */
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
