import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { SnapstateError } from "../provider/core/errors";
import type { Terminal } from "./terminal";

/** The sources of the command line's settings, as set by the user. */
export interface ConfigurationOptions {
  /** A file with a map of connections. */
  connections?: string;
  /** A Pulumi stack whose `snapstate:connections` is read. */
  stack?: string;
  /** A `snapstate.yaml`. @default the nearest one in the working directory or above */
  config?: string;
}

export interface Configuration {
  /** A JSON object from a connection's name to its settings. */
  connections?: string;
  /** Where they were read, for errors. */
  origin?: string;
  /** Series by name, as in the file. */
  policies: Record<string, unknown>;
  /** The file with the policies. */
  file?: string;
  /** Distinguishes series with the same name in different files. */
  owner?: string;
}

export const CONFIG_FILE = "snapstate.yaml";

/**
 * Reads the stated or discovered configuration.
 *
 * @throws SnapstateError `bad-input` that names the file but does not quote it
 */
export async function readConfiguration(
  options: ConfigurationOptions,
  { directory, environment }: Pick<Terminal, "directory" | "environment">,
): Promise<Configuration> {
  const path = options.config === undefined ? findUpwards(directory) : resolve(directory, options.config);
  const file = path === undefined ? { policies: {} } : await readConfigFile(path);
  if (options.connections !== undefined && options.stack !== undefined) {
    throw problem("read the connections", "--connections and --stack exclude each other", "Use one of them");
  }
  if (options.connections !== undefined) {
    const text = JSON.stringify(await readMap(resolve(directory, options.connections), "connections"));
    return { ...file, connections: text, origin: options.connections };
  }
  if (options.stack === undefined) return file;
  const connections = await stackConnections(options.stack, directory, environment);
  return { ...file, connections, origin: `snapstate:connections of stack ${options.stack}` };
}

async function readConfigFile(path: string): Promise<Configuration> {
  const { connections, policies = {}, owner, ...unknown } = await readMap(path, "configuration");
  const operation = `read the configuration in ${JSON.stringify(path)}`;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) {
    throw problem(operation, `${extra} is not a setting`, "Valid settings are connections, policies and owner");
  }
  if (!isMap(policies)) throw problem(operation, "policies is not a map from names to series");
  if (owner !== undefined && typeof owner !== "string") throw problem(operation, "owner is not a string");
  const origin = connections === undefined ? {} : { connections: JSON.stringify(connections), origin: path };
  return { ...origin, policies, file: path, ...(owner === undefined ? {} : { owner }) };
}

const UNREADABLE: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read the file",
  EISDIR: "it is a folder",
};

/** A YAML or JSON file with a map. Drops the parser's messages, which would quote secrets of the file. */
async function readMap(path: string, what: string): Promise<Record<string, unknown>> {
  const operation = `read the ${what} in ${JSON.stringify(path)}`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw problem(operation, UNREADABLE[code] ?? `the file cannot be read (${code})`, undefined, cause);
  }
  const { LineCounter, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error) throw problem(operation, `line ${lineCounter.linePos(error.pos[0]).line} is neither YAML nor JSON`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw problem(operation, "it has an alias without an anchor, or too many aliases");
  }
  if (value === null || value === undefined) return {};
  if (!isMap(value)) throw problem(operation, "it is not a map", "See docs/command-line.md for its format");
  return value;
}

function findUpwards(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_FILE);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile()) {
      refuseUntrusted(path, found.uid, statSync(folder).mode);
      return path;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** A file from another user could redirect passwords of the environment to another server. */
function refuseUntrusted(path: string, owner: number, folderMode: number): void {
  if (process.getuid === undefined) return;
  const isOthers = owner !== 0 && owner !== process.getuid() && process.getuid() !== 0;
  const isOpen = (folderMode & 0o002) !== 0;
  if (!isOthers && !isOpen) return;
  const detail = isOpen ? "its folder is writable by everyone" : "it belongs to another user";
  throw problem(`use ${JSON.stringify(path)}`, detail, "If you trust it, pass it with --config");
}

/**
 * Calls the Pulumi CLI, which alone can decrypt a stack's secrets. They are passed through a pipe and not stored.
 */
async function stackConnections(stack: string, directory: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const operation = `read the connections of stack ${JSON.stringify(stack)}`;
  const args = ["config", "--json", "--show-secrets", "--non-interactive", "--stack", stack];
  let output: string;
  try {
    output = (await promisify(execFile)("pulumi", args, { cwd: directory, env: environment, maxBuffer: 2 ** 24 }))
      .stdout;
  } catch (cause) {
    const { code, stderr = "" } = cause as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw problem(operation, "pulumi is not on the PATH", "Install the Pulumi CLI");
    const hint = "Run it in the folder of the Pulumi project, signed in to its backend";
    throw problem(operation, `pulumi config failed: ${stderr.trim().split("\n")[0]}`, hint);
  }
  let value: unknown;
  try {
    value = (JSON.parse(output) as Record<string, { value?: unknown }>)["snapstate:connections"]?.value;
  } catch {
    throw problem(operation, "the output of pulumi config is not JSON");
  }
  if (typeof value === "string") return value;
  throw problem(operation, "the stack has no snapstate:connections", "See docs/connections.md");
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function problem(operation: string, detail: string, hint?: string, cause?: unknown): SnapstateError {
  return new SnapstateError({ kind: "bad-input", operation, detail, hint, cause });
}
