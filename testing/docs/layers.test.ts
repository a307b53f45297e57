import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../support/package-root";

const provider = join(packageRoot(__dirname), "provider");
const sources = readdirSync(provider, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => ({ file, text: readFileSync(join(provider, file), "utf8") }));

/** The layers that each layer may import besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  contract: ["core"],
  shared: ["core", "contract"],
  client: ["core", "shared", "settings"],
  settings: ["core", "shared", "contract"],
  platform: ["core", "contract", "shared", "client", "settings"],
  registry: ["core", "contract", "platform"],
  schema: ["core", "contract"],
  resources: ["core", "contract", "schema"],
  runtime: ["core", "contract", "registry", "resources"],
  adapters: ["core", "contract", "registry", "schema", "resources", "runtime"],
};

/** For example, `platforms/vsphere/client/xml.ts` belongs to the layer `client`, `schema/fields.ts` to `schema`. */
function layerOf(file: string): string {
  const [top = "", platform = "", third = ""] = file.split("/");
  if (top !== "platforms") return top;
  if (platform.endsWith(".ts")) return platform === "registry.ts" ? "registry" : "contract";
  if (platform === "shared") return "shared";
  if (third === "client") return "client";
  return third === "settings.ts" || third === "profile.ts" ? "settings" : "platform";
}

function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/from "(\.[^"]*)"/g)].map(([, path = ""]) => {
    const target = normalize(join(dirname(file), path));
    return existsSync(join(provider, `${target}.ts`)) ? `${target}.ts` : join(target, "index.ts");
  });
}

describe("the provider's layers", () => {
  it("import only what is below them", () => {
    const wrong = sources.flatMap(({ file, text }) =>
      importsOf(file, text)
        .filter((target) => {
          const [from, to] = [layerOf(file), layerOf(target)];
          return from !== to && !allowed[from]?.includes(to);
        })
        .map((target) => `${file} imports ${relative(".", target)}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("name no engine below the adapters", () => {
    const engine = /pulumi|terraform|tofu|\burns?\b(?!:vim25)/i;
    const named = sources.filter(({ file, text }) => layerOf(file) !== "adapters" && engine.test(text));
    assert.deepEqual(
      named.map(({ file }) => file),
      [],
    );
  });

  it("keep the platforms apart", () => {
    const across = sources.flatMap(({ file, text }) => {
      const [top, platform] = file.split("/");
      if (top !== "platforms" || !["platform", "client", "settings"].includes(layerOf(file))) return [];
      return importsOf(file, text)
        .filter((target) => ["platform", "client", "settings"].includes(layerOf(target)))
        .flatMap((target) => (target.split("/")[1] === platform ? [] : [`${file} imports ${target}`]));
    });
    assert.deepEqual(across, []);
  });
});
