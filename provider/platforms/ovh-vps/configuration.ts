import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "ini";
import { rememberSecret, SnapstateError } from "../../core/errors";
import { type Access, type Authentication, namedEndpoints } from "./client/access";
import type { OvhVpsSettings } from "./settings";

/** Values by the names of `ovh.conf`. */
type Values = Partial<Record<Key, string>>;

const AUTHENTICATION = [
  "application_key",
  "application_secret",
  "consumer_key",
  "client_id",
  "client_secret",
  "access_token",
] as const;
/** The application's key is half of a login, as CloudStack's is. A service account's id is a name. */
const SECRET = ["application_key", "application_secret", "consumer_key", "client_secret", "access_token"] as const;
type Key = "endpoint" | (typeof AUTHENTICATION)[number];

interface Source {
  name: string;
  values: Values;
  /** Credentials for one endpoint, where a file has them apart. */
  of?(endpoint: string): Values;
}

export interface Surroundings {
  environment: Readonly<Record<string, string | undefined>>;
  /** The first that exists and says something wins. */
  files: readonly string[];
}

export const processSurroundings = (): Surroundings => ({
  environment: process.env,
  files: [join(process.cwd(), "ovh.conf"), join(homedir(), ".ovh.conf"), "/etc/ovh.conf"],
});

/**
 * Where the API is and who one is to it: from the connection's settings, then `OVH_*` of the environment, then `ovh.conf`
 * here, at home and in /etc. The first of them that has any credentials gives all of them, so that halves of two accounts
 * are never put together.
 *
 * @throws SnapstateError `bad-input` for none, for halves, and for two kinds at once
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
      `there is no endpoint ${JSON.stringify(named)}`,
      `It is ${Object.keys(namedEndpoints).join(", ")} or a URL`,
    );
  }
  if (endpoint === undefined && !isPlainUrl(named)) {
    throw badInput("the endpoint is no URL of http or https without credentials", "Write one like https://host/1.0");
  }
  const url = (endpoint?.url ?? named).replace(/\/+$/, "");
  for (const { name, values, of } of sources) {
    const all = { ...of?.(named), ...values };
    if (AUTHENTICATION.every((key) => all[key] === undefined)) continue;
    return { url, authentication: authentication(all, name, settings.tokenUrl ?? endpoint?.tokenUrl) };
  }
  throw badInput(
    "there are no credentials",
    "Set applicationKey, applicationSecret and consumerKey, or clientId and clientSecret, or the OVH_* variables, or write an ovh.conf",
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
  const begun = groups.filter((group) => group.some((key) => values[key] !== undefined));
  if (begun.length > 1) {
    const both = begun.map(([first]) => first).join(" and ");
    throw badInput(`${source} has ${both}, which are two ways to sign in`, "Leave one of them out");
  }
  const missing = begun.flat().filter((key) => values[key] === undefined);
  if (missing.length > 0)
    throw badInput(`${source} has no ${missing.join(" and no ")}`, "Give all that belong together");
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
    // ini takes a dot in a section's name for a path; endpoints' names have none, and URLs have no section.
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
