import { readFileSync } from "node:fs";
import { z } from "zod";
import { describeRemedy, nearestName, rememberSecret, SnapstateError, unknownName, zodErrorMap } from "../core/errors";
import type { Platform } from "../platforms/platform";
import { platformNamed, platformNames } from "../platforms/registry";

/** Where connections are defined: the stack's configuration and the environment, which takes precedence. */
export interface ConnectionSources {
  /** The value of `snapstate:connections`: a JSON object from a connection's name to its settings. */
  config?: string;
  /** Where that value was read, for errors. @default "the stack's snapstate:connections" */
  origin?: string;
  environment: Readonly<Record<string, string | undefined>>;
}

export interface Definition {
  platform: Platform;
  settings: unknown;
}

const listSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

/**
 * The settings of a named connection. Each setting comes from the first of: the environment variable
 * `SNAPSTATE_<NAME>_<SETTING>`, the file named by `SNAPSTATE_<NAME>_<SETTING>_FILE`, the JSON object in
 * `SNAPSTATE_CONNECTIONS`, the stack's `snapstate:connections`. The environment takes precedence because a destroy or
 * refresh gets the configuration of an earlier run, and credentials change.
 *
 * @throws SnapstateError `bad-input` that names the setting and how to set it, never its value
 */
export function defineConnection(name: string, sources: ConnectionSources): Definition {
  const operation = `open connection ${JSON.stringify(name)}`;
  const lists = listsOf(sources, operation);
  const listed = Object.assign({}, ...lists.map((list) => (Object.hasOwn(list, name) ? list[name] : {})));
  const prefix = `SNAPSTATE_${snake(name)}_`;
  const environment = fromEnvironment(prefix, longerNames(name, lists), sources.environment, operation);
  const merged: Record<string, unknown> = { ...listed, ...environment };
  const whereIs = (setting: string) => originOf(setting, name, prefix, environment, lists, sources);
  if (Object.keys(merged).length === 0) throw unknownConnection(name, lists, operation);

  const { platform: platformName, ...settings } = merged;
  const platform = typeof platformName === "string" ? platformNamed(platformName) : undefined;
  if (platform === undefined) {
    const near = typeof platformName === "string" ? nearestName(platformName, platformNames()) : undefined;
    const suggestion = near === undefined ? "" : `; did you mean ${near}?`;
    const detail =
      platformName === undefined
        ? "no platform is set"
        : `unknown platform ${JSON.stringify(platformName)}${suggestion}${whereIs("platform")}`;
    throw badInput(operation, detail, `Set its platform to one of: ${platformNames().join(", ")}`);
  }
  for (const secret of platform.secrets) if (typeof settings[secret] === "string") rememberSecret(settings[secret]);
  const parsed = parseSettings(platform, settings);
  if (parsed.success) return { platform, settings: parsed.data };
  const { shape = {} } = platform.settings as { shape?: object };
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") {
      const path = issue.path.join(".") || "settings";
      return [`${path}: ${issue.message}${whereIs(String(issue.path[0] ?? ""))}`];
    }
    const what = `setting of ${platform.name}`;
    return issue.keys.map((key) => `${key} ${unknownName(key, Object.keys(shape), what)}${whereIs(key)}`);
  });
  const first = parsed.error.issues[0]?.path[0];
  const variable = typeof first === "string" ? ` or the environment variable ${prefix}${snake(first)}` : "";
  const setting = typeof first === "string" ? first : "";
  const secret = platform.secrets.includes(setting);
  if (setting === "") throw badInput(operation, problems.join("; "), "Correct its name, or remove it");
  const remedy = describeRemedy({ action: "configure-connection", connection: name, setting, secret });
  throw badInput(operation, problems.join("; "), `${remedy}${variable}`);
}

/**
 * Names of the defined connections. One defined only in the environment is recognised by `SNAPSTATE_<NAME>_PLATFORM`,
 * and its name is given in lower case.
 */
export function connectionNames(sources: ConnectionSources): string[] {
  const operation = "list the connections";
  const lists = listsOf(sources, operation);
  const names = new Map(lists.flatMap((list) => Object.keys(list)).map((name) => [snake(name), name]));
  for (const [key, value] of Object.entries(sources.environment)) {
    const name = /^SNAPSTATE_([A-Z][A-Z0-9_]*)_PLATFORM$/.exec(key)?.[1];
    if (name !== undefined && value && !names.has(name)) names.set(name, name.toLowerCase());
  }
  return [...names.values()].sort();
}

/** Where a setting was read, in brackets; empty when nothing sets it. */
function originOf(
  setting: string,
  name: string,
  prefix: string,
  environment: Record<string, unknown>,
  [config = {}, variable = {}]: Record<string, Record<string, unknown>>[],
  { origin = STACK, environment: variables }: ConnectionSources,
): string {
  const key = `${prefix}${snake(setting)}`;
  if (Object.hasOwn(environment, setting)) return ` (from ${variables[key] ? key : `${key}_FILE`})`;
  if (Object.hasOwn(variable[name] ?? {}, setting)) return " (from SNAPSTATE_CONNECTIONS)";
  return Object.hasOwn(config[name] ?? {}, setting) ? ` (from ${origin})` : "";
}

/**
 * Parses a list of connections; undefined when the text is not one. The parser's own message would quote the text,
 * secrets included.
 */
export function parseConnections(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const STACK = "the stack's snapstate:connections";

/** The definitions that come as one document, lowest precedence first. */
function listsOf({ config, origin = STACK, environment }: ConnectionSources, operation: string) {
  return [
    parseList(config, origin, operation),
    parseList(environment.SNAPSTATE_CONNECTIONS, "SNAPSTATE_CONNECTIONS", operation),
  ];
}

function parseList(
  text: string | undefined,
  where: string,
  operation: string,
): Record<string, Record<string, unknown>> {
  if (text === undefined || text.trim() === "") return {};
  const value = parseConnections(text);
  if (value === undefined) {
    throw badInput(
      operation,
      `${where} is not JSON`,
      'Use the form {"vcenter": {"platform": "vsphere", "endpoint": "…"}}',
    );
  }
  const parsed = listSchema.safeParse(value);
  if (!parsed.success) throw badInput(operation, `${where} is not a map from names to settings`);
  return parsed.data;
}

/** Prefixes of listed connections whose names begin with this one: `vcenter-lab` beside `vcenter`. */
function longerNames(name: string, lists: Record<string, unknown>[]): string[] {
  const names = lists.flatMap((list) => Object.keys(list)).map(snake);
  return names.filter((other) => other.startsWith(`${snake(name)}_`)).map((other) => `SNAPSTATE_${other}_`);
}

function fromEnvironment(
  prefix: string,
  others: string[],
  environment: ConnectionSources["environment"],
  operation: string,
) {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(environment)) {
    if (!key.startsWith(prefix) || value === undefined || value === "") continue;
    if (others.some((other) => key.startsWith(other))) continue;
    const setting = key.slice(prefix.length);
    // caFile is a separate setting whose name ends like a file variable.
    if (!setting.endsWith("_FILE") || setting === "CA_FILE") settings[camel(setting)] = value;
    else settings[camel(setting.slice(0, -"_FILE".length))] ??= readSecretFile(key, value, operation);
  }
  return settings;
}

function readSecretFile(key: string, path: string, operation: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw badInput(operation, `the file that ${key} names cannot be read`, undefined, cause);
  }
}

function unknownConnection(name: string, lists: Record<string, unknown>[], operation: string): SnapstateError {
  const names = lists.flatMap((list) => Object.keys(list));
  const known = names.length > 0 ? `Configured are: ${[...new Set(names)].sort().join(", ")}` : "None is configured";
  return badInput(
    operation,
    `no connection has that name. ${known}`,
    `${describeRemedy({ action: "configure-connection", connection: name, setting: "platform", secret: false, example: platformNames()[0] })} and so on, or set the environment variables SNAPSTATE_${snake(name)}_PLATFORM, SNAPSTATE_${snake(name)}_ENDPOINT, …`,
  );
}

function badInput(operation: string, detail: string, hint?: string, cause?: unknown): SnapstateError {
  return new SnapstateError({ kind: "bad-input", operation, detail, hint, cause });
}

/** The environment has only strings: parses one as a number or boolean where the platform's schema wants that. */
function parseSettings(platform: Platform, settings: Record<string, unknown>) {
  const first = platform.settings.safeParse(settings, { error: zodErrorMap });
  if (first.success) return first;
  const converted = { ...settings };
  for (const issue of first.error.issues) {
    const key = issue.path.length === 1 && issue.code === "invalid_type" ? String(issue.path[0]) : undefined;
    if (key === undefined || typeof settings[key] !== "string" || issue.code !== "invalid_type") continue;
    if (issue.expected === "boolean" && /^(true|false)$/.test(settings[key])) converted[key] = settings[key] === "true";
    if (issue.expected === "number" && /^\d+(\.\d+)?$/.test(settings[key])) converted[key] = Number(settings[key]);
  }
  return platform.settings.safeParse(converted, { error: zodErrorMap });
}

function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toUpperCase();
}

function camel(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
