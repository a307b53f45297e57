import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import type { ZodType } from "zod";
import { platformNamed, platformNames } from "../../provider/platforms/registry";
import { networkSettings } from "../../provider/platforms/shared/http";
import { lifecycles } from "../../provider/resources";
import type { Field, FieldTable } from "../../provider/schema/fields";
import { jsonSchema } from "../../provider/schema/json-schema";
import { publicOutputs } from "../../provider/schema/outputs";
import { packageRoot } from "../support/package-root";
import { anchors, code, relativeLinks, tableOf, tables } from "./markdown";

const root = packageRoot(__dirname);
const read = (path: string) => readFileSync(join(root, path), "utf8");

const pages = {
  Snapshot: "docs/resources/snapshot.md",
  RecoveryPoint: "docs/resources/recovery-point.md",
  ConsolidationTask: "docs/resources/consolidation-task.md",
  Restore: "docs/resources/restore.md",
  SnapshotPolicy: "docs/resources/snapshot-policy.md",
  SnapshotOption: "docs/resources/snapshot-option.md",
  Template: "docs/resources/template.md",
  Volume: "docs/resources/volume.md",
} as const satisfies Record<keyof typeof lifecycles, string>;

describe("the pages of the resources", () => {
  for (const [type, page] of Object.entries(pages)) {
    const { fields, outputs } = lifecycles[type as keyof typeof lifecycles];

    it(`${page} lists the inputs of ${type}, in their order`, () => {
      const { header, rows } = tableOf(read(page), "Input");
      assert.deepEqual(header, ["Input", "Type", "Default", "On change", "What it does"]);
      const documented = rows.map((row) => ({
        name: code(row.Input),
        default: row.Default,
        change: row["On change"],
      }));
      const expected = visible(fields).map(([name, field]) => ({
        name,
        default: defaultCell(field),
        change: field.change as string,
      }));
      assert.deepEqual(documented, expected);
      for (const row of rows) assert.ok(row.Type && row["What it does"], `${row.Input} has an empty cell`);
    });

    it(`${page} lists the outputs of ${type}, in their order`, () => {
      const { header, rows } = tableOf(read(page), "Output");
      assert.deepEqual(header, ["Output", "Type", "What it holds"]);
      assert.deepEqual(
        rows.map((row) => code(row.Output)),
        Object.keys(publicOutputs(outputs)),
      );
      for (const row of rows) assert.ok(row.Type && row["What it holds"], `${row.Output} has an empty cell`);
    });
  }
});

describe("docs/errors.md", () => {
  it("lists every kind of error, in the order of the source", () => {
    const source = read("provider/core/errors/snapstate-error.ts");
    const union = /export type ErrorKind =([^;]+);/.exec(source)?.[1] ?? "";
    const kinds = [...union.matchAll(/"([a-z-]+)"/g)].map((match) => match[1]);
    assert.ok(kinds.length > 10, "the union was not found in the source");
    const { header, rows } = tableOf(read("docs/errors.md"), "Kind");
    assert.deepEqual(header, ["Kind", "What it means", "What to do"]);
    assert.deepEqual(
      rows.map((row) => code(row.Kind)),
      kinds,
    );
  });

  it("gives vSphere's faults the kinds that the driver gives them", async () => {
    const { faultRules } = await import("../../provider/platforms/vsphere/errors");
    for (const row of tableOf(read("docs/errors.md"), "Code").rows) {
      assert.equal(faultRules[code(row.Code)]?.kind, code(row.Kind), row.Code);
    }
  });

  it("gives only kinds that exist on the pages of the resources", () => {
    const kinds = tableOf(read("docs/errors.md"), "Kind").rows.map((row) => row.Kind);
    for (const page of Object.values(pages)) {
      for (const row of tableOf(read(page), "Kind").rows) {
        const kind = row.Kind?.split(",")[0];
        assert.ok(kinds.includes(kind ?? ""), `${page} has the kind ${row.Kind}`);
      }
    }
  });
});

describe("the settings of connections", () => {
  const documented = (page: string) =>
    tableOf(read(page), "Setting").rows.map((row) => [code(row.Setting), row.Default]);
  const expected = (shape: Record<string, ZodType>) =>
    Object.entries(shape).map(([name, schema]) => {
      const unset = schema.safeParse(undefined);
      if (!unset.success) return [name, "required"];
      if (typeof unset.data === "object") return [name, "see below"];
      const { default: preset } = jsonSchema(schema);
      return [name, preset === undefined ? "-" : `\`${JSON.stringify(preset)}\``];
    });

  it("docs/connections.md lists those of every platform over HTTP", () => {
    assert.deepEqual(documented("docs/connections.md"), expected(networkSettings));
  });

  for (const name of platformNames()) {
    const page = `docs/platforms/${name}.md`;
    it(`${page} lists those of ${name}, with their defaults`, () => {
      const platform = platformNamed(name);
      assert.ok(platform);
      const { shape } = platform.settings as unknown as { shape: Record<string, ZodType> };
      const own = Object.entries(shape).filter(([setting]) => !Object.hasOwn(networkSettings, setting));
      assert.deepEqual(documented(page), [["platform", "required"], ...expected(Object.fromEntries(own))]);
    });
  }
});

describe("docs/installation-configuration.md", () => {
  it("lists every configuration key of the schema", () => {
    const documented = tableOf(read("docs/installation-configuration.md"), "Key").rows.map((row) => code(row.Key));
    const { variables } = JSON.parse(read("schema.json")).config;
    assert.deepEqual(
      documented,
      Object.keys(variables).map((key) => `snapstate:${key}`),
    );
  });
});

describe("links", () => {
  for (const page of markdownPages()) {
    it(`${page} links to files and headings that exist`, () => {
      for (const link of relativeLinks(read(page))) {
        const [path, fragment] = link.split("#") as [string, string | undefined];
        const target = path === "" ? join(root, page) : resolve(root, dirname(page), path);
        assert.ok(target.startsWith(root), `${link} leaves the repository`);
        assert.ok(existsSync(target), `${link} points to nothing`);
        if (fragment === undefined) continue;
        assert.ok(anchors(readFileSync(target, "utf8")).includes(fragment), `${link} points to no heading`);
      }
    });
  }
});

describe("committed files", () => {
  it("name no path of the machine they were written on and no registry's host", () => {
    const offending = committedFiles().flatMap((file) => {
      const content = readFileSync(join(root, file));
      if (content.includes(0)) return [];
      const text = content.toString("utf8");
      return unwanted().flatMap((word) => (text.includes(word) ? [`${file} has ${word}`] : []));
    });
    assert.deepEqual(offending, []);
  });
});

describe("the reader of Markdown tables", () => {
  it("finds tables and their cells", () => {
    const text = "intro\n\n| A | B |\n|---|:-:|\n| `x` | 1 |\n| `-` | - |\n\n| C |\n|---|\n";
    assert.deepEqual(tables(text), [
      {
        header: ["A", "B"],
        rows: [
          { A: "`x`", B: "1" },
          { A: "`-`", B: "-" },
        ],
      },
      { header: ["C"], rows: [] },
    ]);
  });

  it("wants exactly one table of a name", () => {
    assert.throws(() => tableOf("| A |\n|---|\n\n| A |\n|---|\n", "A"), /2 tables/);
    assert.throws(() => tableOf("no table", "A"), /0 tables/);
  });

  it("finds links outside of code only", () => {
    const text = "[a](x.md#y) `[b](no.md)` [c](https://example.com)\n```\n[d](no.md)\n```\n[e](#f)";
    assert.deepEqual(relativeLinks(text), ["x.md#y", "#f"]);
  });
});

function visible(fields: FieldTable): [string, Field][] {
  return Object.entries(fields).filter(([, field]) => !field.hidden);
}

function defaultCell(field: Field): string {
  if (field.default !== undefined) return `\`${JSON.stringify(field.default)}\``;
  return field.schema.safeParse(undefined).success ? "-" : "required";
}

function markdownPages(): string[] {
  return ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", ...filesBelow("docs")].filter((file) => file.endsWith(".md"));
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => join(folder, file))
    .filter((file) => statSync(join(root, file)).isFile());
}

/** Files tracked by git; without git, as in an unpacked archive, everything that is not installed or built. */
function committedFiles(): string[] {
  const git = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  if (git.status === 0) return git.stdout.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
  const built = ["node_modules", "dist", ".cache", ".git", ".snapstate"];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => !built.includes(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(entry.name) : [relative(root, join(root, entry.name))]));
}

/** Assembled at run time, so that this file does not contain them. */
function unwanted(): string[] {
  const hosts = [
    ["registry.npmjs", "org"],
    ["registry.yarnpkg", "com"],
    ["proxy.golang", "org"],
    ["sum.golang", "org"],
  ].map((parts) => parts.join("."));
  const configured = [process.env.npm_config_registry, ...(process.env.GOPROXY ?? "").split(/[,|]/)].flatMap((text) =>
    text && URL.canParse(text) ? [new URL(text).host] : [],
  );
  return [...new Set([["", "work", ""].join("/"), ...hosts, ...configured])];
}
