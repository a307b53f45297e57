import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type dynamic, runtime } from "@pulumi/pulumi";
import { packageRoot } from "../testing/support/package-root";
import { closureOf } from "./closure";
import * as providers from "./providers";

const golden = join(packageRoot(__dirname), "sdk", "golden");

/** As `pulumi.dynamic` does it, so that the text is the one that users' states hold. */
async function serialized(provider: dynamic.ResourceProvider) {
  return runtime.serializeFunction(() => provider, { allowSecrets: true });
}

describe("the text that a resource registers", () => {
  it("is the golden text too", async () => {
    const text = await new Promise((resolve) => closureOf(providers.snapshotProvider).apply(resolve));
    assert.equal(text, readFileSync(join(golden, "snapshotProvider.txt"), "utf8"));
  });
});

describe("the serialized providers, a public format that states hold", () => {
  for (const [name, provider] of Object.entries(providers)) {
    it(`${name} is the golden text, letter by letter`, async () => {
      const { text, containsSecrets } = await serialized(provider);
      const file = join(golden, `${name}.txt`);
      // Written once, when a provider is new; changing one afterwards changes what old states run.
      if (process.env.SNAPSTATE_NEW_GOLDEN && !existsSync(file)) writeFileSync(file, text);
      assert.equal(text, readFileSync(file, "utf8"));
      assert.equal(containsSecrets, false);
    });

    it(`${name} requires this package and captures nothing`, async () => {
      const { text } = await serialized(provider);
      assert.deepEqual([...new Set(text.match(/require\([^)]*\)/g))], ['require("snapstate/dynamic")']);
      assert.ok(text.length < 3000, `${text.length} characters in every resource's state`);
    });

    it(`${name} names only handlers that exist`, async () => {
      const { handlers, configure } = await import("../provider/adapters/dynamic");
      const known: Record<string, unknown> = { configure, ...flat(handlers) };
      const { text } = await serialized(provider);
      const called = [...text.matchAll(/"snapstate\/dynamic"\)\.([\w.]+)\(/g)].map((match) => match[1] as string);
      assert.equal(called.length, 7);
      for (const path of called) assert.equal(typeof known[path], "function", path);
    });
  }
});

function flat(handlers: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(handlers).flatMap(([type, methods]) =>
      Object.entries(methods as object).map(([method, handler]) => [`handlers.${type}.${method}`, handler]),
    ),
  );
}
