import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe } from "node:test";
import fc from "fast-check";
import { RAW } from "../../testing/fuzz/outcomes";
import { property, RUNS, textOf, valueOrRefusal } from "../../testing/fuzz/properties";
import { accessOf } from "../platforms/ovh-vps/configuration";
import { ovhVpsSettings } from "../platforms/ovh-vps/settings";
import { allPlatforms } from "../platforms/registry";
import { ConnectionPool } from ".";
import { checkConnections } from "./check";
import { connectionNames, type defineConnection } from "./definitions";

const SECRET = "canary-Zx81";
const platforms = allPlatforms();
const names = platforms.map(({ name }) => name);
const settingNames = [
  ...new Set(platforms.flatMap(({ settings }) => Object.keys((settings as { shape?: object }).shape ?? {}))),
];
const secrets = new Set(platforms.flatMap((platform) => platform.secrets));

const text = textOf("https://", "http://", "user:pass@", "host", "[::1]", ":99999", "/", "ovh-eu", "true", "1", "%zz");
const value = fc.oneof(
  text,
  fc.constantFrom("vc.example.com", "https://h/x", "ovh-eu", "toString", "1e400", "/tmp", "false", "8"),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>({ toString: 1, valueOf: 2 }, [{ toString: null }], 0, -1, 1e308, {}, [], ["/tmp/a.qmp"]),
);
/** Text, list or object: whatever it is, it must not be printed. */
const secret = fc.oneof(
  { weight: 4, arbitrary: fc.constant<unknown>(SECRET) },
  fc.constantFrom<unknown>([SECRET], { a: SECRET }, { [SECRET]: 1 }, `${SECRET}\ud83d`, null, 7),
);
const setting = fc
  .constantFrom(...settingNames, "__proto__", "constructor", "pasword", "")
  .chain((name) => fc.tuple(fc.constant(name), secrets.has(name) ? secret : value));
const platformName = fc.oneof({ weight: 6, arbitrary: fc.constantFrom<unknown>(...names) }, value);
const connection = fc.tuple(platformName, fc.array(setting, { maxLength: 12 })).map(([platform, list]) => {
  const own = Object.fromEntries([["platform", platform], ...list]) as Record<string, unknown>;
  return own;
});
const connectionName = fc.constantFrom("default", "a-b", "__proto__", "constructor", "", "\ud83d", "toString");
const parsedOnly = (given: unknown) => JSON.parse(JSON.stringify(given) ?? "null") as unknown;

function silent(message: string): void {
  assert.ok(!message.includes(SECRET), message);
  assert.doesNotMatch(message, RAW);
}

function opens(sources: Parameters<typeof defineConnection>[1], name: string): void {
  const pool = new ConnectionPool(() => sources);
  const opened = valueOrRefusal(() => pool.get(name));
  if ("error" in opened) silent(opened.error.message);
}

describe("connections, for any settings", () => {
  property(
    "connections: any settings open one, or are refused without a secret's value",
    fc.tuple(connectionName, connection),
    ([name, settings]) => {
      const config = JSON.stringify(Object.fromEntries([[name, settings]]));
      opens({ config, environment: {} }, name);
      for (const { path, reason } of checkConnections(parsedOnly(JSON.parse(config)), () => false))
        silent(path + reason);
    },
  );

  property(
    "connections: any settings of the environment open one, or are refused without a secret's value",
    fc.tuple(platformName, fc.array(setting, { maxLength: 12 })),
    ([platform, list]) => {
      const upper = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
      const environment = Object.fromEntries(
        [["platform", platform] as const, ...list].map(([name, given]) => [
          `SNAPSTATE_LAB_${upper(name)}`,
          typeof given === "string" ? given : (JSON.stringify(given) ?? ""),
        ]),
      );
      opens({ environment }, "lab");
    },
  );

  const whole = fc.oneof(
    textOf(`{"default":`, "{", "}", "[", `"platform"`, ":", `"vsphere"`, "null", `"password":"${SECRET}"`, ","),
    fc.jsonValue().map((json) => JSON.stringify(json)),
    fc.constantFrom("[".repeat(50_000), `{"default":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`),
  );
  property("connections: any text is a list of them, or is refused without a word of it", whole, (config) => {
    for (const sources of [{ config, environment: {} }, { environment: { SNAPSTATE_CONNECTIONS: config } }]) {
      opens(sources, "default");
      const listed = valueOrRefusal(() => connectionNames(sources));
      if ("error" in listed) silent(listed.error.message);
    }
    for (const { reason } of checkConnections(config, () => false)) silent(reason);
  });

  const folder = mkdtempSync(join(tmpdir(), "snapstate-properties-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "ovh.conf");
  const conf = textOf(
    ...[
      "[default]\n",
      "[ovh-eu]\n",
      "[__proto__]\n",
      "[a.b]\n",
      "endpoint=ovh-eu\n",
      "endpoint=constructor\n",
      "endpoint=/\n",
    ],
    ...[
      `application_key=${SECRET}\n`,
      `application_secret=${SECRET}\n`,
      `consumer_key="${SECRET}\n`,
      "consumer_key[]=x\n",
    ],
    ...[`client_id=x\nclient_secret=${SECRET}\n`, `access_token=${SECRET}\n`, "default=x\n", "=", ";", '"'],
  );
  const login = fc.constantFrom(
    `access_token=${SECRET}\n`,
    `application_key=${SECRET}\napplication_secret=${SECRET}\nconsumer_key=${SECRET}\n`,
  );
  const place = fc.oneof(text, fc.constantFrom("ovh-eu", "toString", "/", "https://h/1.0", `https://u:${SECRET}@h/`));
  const almost = fc
    .tuple(place, login, conf)
    .map(([endpoint, keys, rest]) => `[default]\nendpoint=${endpoint}\n${keys}${rest}`);
  property(
    "ovh.conf: any text signs in, or is refused without a secret's value",
    fc.oneof(conf, almost),
    (content) => {
      writeFileSync(file, content);
      const access = valueOrRefusal(() => accessOf(ovhVpsSettings.parse({}), { environment: {}, files: [file] }));
      if ("error" in access) silent(access.error.message);
      else assert.ok(URL.canParse(access.value.url), access.value.url);
    },
    Math.min(RUNS, 2000),
  );
});
