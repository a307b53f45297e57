import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "ini";
import { rememberSecret, SnapstateError } from "../../core/errors";
import { type Access, type Authentication, namedEndpoints } from "./client/access";
import type { OvhVpsSettings } from "./settings";

/** Values by their names in `ovh.conf`. */
type Values = Partial<Record<Key, string>>;

const AUTHENTICATION = [
  "application_key",
  "application_secret",
  "consumer_key",
  "client_id",
  "client_secret",
  "access_token",
] as const;
/** The application's key is part of a login, so it is a secret, as in CloudStack. A service account's id is not. */
const SECRET = ["application_key", "application_secret", "consumer_key", "client_secret", "access_token"] as const;
type Key = "endpoint" | (typeof AUTHENTICATION)[number];

interface Source {
  name: string;
  values: Values;
  /** Credentials of one endpoint, if a file separates them. */
  of?(endpoint: string): Values;
}

export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  /** The first non-empty one wins. */
  files: readonly string[];
}

export const processSurroundings = (): Surroundings => ({
  environment: process.env,
  files: [join(process.cwd(), "ovh.conf"), join(homedir(), ".ovh.conf"), "/etc/ovh.conf"],
});

/**
 * Endpoint and credentials: from the connection's settings, then `OVH_*` variables, then `ovh.conf` in the working
 * directory, the home folder and /etc. All credentials come from the first source that has any, so that two accounts
 * are never mixed.
 *
 * @throws SnapstateError `bad-input` for missing, incomplete or contradictory credentials
 */
export function accessOf(settings: OvhVpsSettings, { environment, files }: Surroundings): Access {
  const sources: Source[] = [
    { name: "the connection's settings", values: fromSettings(settings) },
    { name: "the environment", values: pick((key) => environment[`OVH_${key.toUpperCase()}`]) },
    ...files.flatMap(fromFile),
  ];
  const named = sources.find(({ values }) => values.endpoint !== undefined)?.values.endpoint;
  if (named === undefined) {
    throw badInput(
      "no endpoint is set",
      `Set it to ${Object.keys(namedEndpoints).join(", ")} or a URL, or set OVH_ENDPOINT`,
    );
  }
  const endpoint = Object.hasOwn(namedEndpoints, named) ? namedEndpoints[named] : undefined;
  if (endpoint === undefined && !named.includes("/")) {
    throw badInput(
      `unknown endpoint ${JSON.stringify(named)}`,
      `Use ${Object.keys(namedEndpoints).join(", ")} or a URL`,
    );
  }
  if (endpoint === undefined && !isPlainUrl(named)) {
    throw badInput("the endpoint is not an http or https URL without credentials", "Use one like https://host/1.0");
  }
  const url = (endpoint?.url ?? named).replace(/\/+$/, "");
  for (const { name, values, of } of sources) {
    const all = { ...of?.(named), ...values };
    if (AUTHENTICATION.every((key) => all[key] === undefined)) continue;
    return { url, authentication: authentication(all, name, settings.tokenUrl ?? endpoint?.tokenUrl) };
  }
  throw badInput(
    "no credentials are set",
    "Set applicationKey, applicationSecret and consumerKey, or clientId and clientSecret, or the OVH_* variables, or an ovh.conf",
  );
}

function authentication(values: Values, source: string, tokenUrl: string | undefined): Authentication {
  const { application_key, application_secret, consumer_key, client_id, client_secret, access_token } = values;
  for (const key of SECRET) rememberSecret(values[key]);
  const groups = [
    ["application_key", "application_secret", "consumer_key"],
    ["client_id", "client_secret"],
    ["access_token"],
  ] as const;
  const present = groups.filter((group) => group.some((key) => values[key] !== undefined));
  if (present.length > 1) {
    const both = present.map(([first]) => first).join(" and ");
    throw badInput(`${source} has ${both}, which are two ways to sign in`, "Remove one of them");
  }
  const missing = present.flat().filter((key) => values[key] === undefined);
  if (missing.length > 0) throw badInput(`${source} has no ${missing.join(" and no ")}`, "Set all of them");
  if (access_token !== undefined) return { kind: "token", token: access_token };
  if (client_id !== undefined) {
    if (tokenUrl === undefined) throw badInput("a service account needs tokenUrl beside a URL as endpoint", "Set it");
    return { kind: "service-account", clientId: client_id, clientSecret: client_secret as string, tokenUrl };
  }
  return {
    kind: "application",
    key: application_key as string,
    secret: application_secret as string,
    consumerKey: consumer_key as string,
  };
}

function fromSettings(settings: OvhVpsSettings): Values {
  return pick((key) => settings[key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as "endpoint"]);
}

function fromFile(file: string): Source[] {
  let content: Record<string, unknown>;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
  const section = (name: string): Values => {
    // The ini parser treats a dot in a section's name as a path; endpoint names have none, and URLs have no section.
    const values = Object.hasOwn(content, name) ? (content[name] as Record<string, unknown>) : {};
    return pick((key) => (typeof values?.[key] === "string" ? values[key] : undefined));
  };
  return [{ name: file, values: section("default"), of: section }];
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

function pick(value: (key: Key) => string | undefined): Values {
  const keys: Key[] = ["endpoint", ...AUTHENTICATION];
  return Object.fromEntries(keys.flatMap((key) => (value(key) ? [[key, value(key)]] : [])));
}

function badInput(detail: string, hint: string): SnapstateError {
  return new SnapstateError({ kind: "bad-input", operation: "open the OVHcloud connection", detail, hint });
}
