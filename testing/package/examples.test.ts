import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { packageRoot } from "../support/package-root";

const root = packageRoot(__dirname);
const read = (file: string) => readFileSync(join(root, "examples", file), "utf8");
const schema = JSON.parse(readFileSync(join(root, "schema.json"), "utf8"));
const snapshot = schema.resources["snapstate:index:Snapshot"];

interface YamlResource {
  type: string;
  properties: Record<string, unknown>;
}

/** Whether a value in a YAML program matches a type of the schema. */
function fits(value: unknown, type: Record<string, unknown>): boolean {
  if (typeof value === "string" && value.startsWith("${")) return true;
  if (Array.isArray(type.oneOf)) return type.oneOf.some((one) => fits(value, one));
  if (type.$ref === "pulumi.json#/Any") return true;
  if (typeof type.$ref === "string") {
    const named = schema.types[type.$ref.replace("#/types/", "")];
    if (named.enum) return named.enum.some((one: { value: unknown }) => one.value === value);
    return Object.entries(value as object).every(
      ([key, inner]) => named.properties[key] && fits(inner, named.properties[key]),
    );
  }
  if (type.type === "array")
    return Array.isArray(value) && value.every((one) => fits(one, type.items as Record<string, unknown>));
  return typeof value === (type.type === "integer" ? "number" : type.type);
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

describe("examples in other languages", () => {
  it("YAML: types, inputs, functions and outputs are the schema's", () => {
    const program = parse(read("yaml/Pulumi.yaml"));
    for (const [name, { type, properties }] of Object.entries(program.resources as Record<string, YamlResource>)) {
      const spec = schema.resources[type];
      assert.ok(spec, `${name} has the type ${type}`);
      for (const [key, value] of Object.entries(properties)) {
        assert.ok(spec.inputProperties[key], `${name}.${key} is no input`);
        assert.ok(fits(value, spec.inputProperties[key]), `${name}.${key} is not of its type`);
      }
      for (const key of spec.requiredInputs) assert.ok(properties[key], `${name} lacks ${key}`);
    }
    for (const [name, variable] of Object.entries(program.variables as Record<string, Record<string, never>>)) {
      const { function: token, arguments: args } = variable["fn::invoke"] as unknown as {
        function: string;
        arguments: object;
      };
      assert.ok(schema.functions[token], `${name} calls ${token}`);
      for (const key of Object.keys(args))
        assert.ok(schema.functions[token].inputs.properties[key], `${token} has no ${key}`);
    }
    for (const [, resource, output] of read("yaml/Pulumi.yaml").matchAll(/\$\{(before-deploy)\.(\w+)\}/g)) {
      assert.ok(snapshot.properties[output as string], `${resource} has no ${output}`);
    }
  });

  it("Python: keywords and outputs are the schema's, and the text is Python", (t) => {
    const text = read("python/__main__.py");
    const inputs = Object.keys(snapshot.inputProperties).map(snake);
    const call = /snapstate\.Snapshot\(\n([\s\S]*?)\n\)/.exec(text)?.[1] ?? "";
    const used = [...call.matchAll(/^ {4}(\w+)=/gm)].map((match) => match[1] as string);
    assert.ok(used.length > 5);
    assert.deepEqual(
      used.filter((key) => !inputs.includes(key)),
      [],
    );
    for (const key of snapshot.requiredInputs.map(snake)) assert.ok(used.includes(key), `it lacks ${key}`);
    const outputs = Object.keys(snapshot.properties).map(snake);
    for (const [, output] of text.matchAll(/before\.(\w+)/g)) assert.ok(outputs.includes(output as string), output);
    assert.ok(schema.functions["snapstate:index:checkTarget"] && text.includes("snapstate.check_target_output("));
    const python = spawnSync("python3", ["-c", "import ast,sys; ast.parse(sys.stdin.read())"], { input: text });
    if (python.error) return t.skip("python3 is not installed");
    assert.equal(python.status, 0, String(python.stderr));
  });

  it("Go: fields, enum values and outputs are the schema's, and the text is formatted Go", (t) => {
    const text = read("go/main.go");
    const capitalize = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
    const inputs = Object.keys(snapshot.inputProperties).map(capitalize);
    const used = [...text.matchAll(/^\t{3}(\w+): /gm)].map((match) => match[1] as string);
    assert.ok(used.length > 5);
    assert.deepEqual(
      used.filter((key) => !inputs.includes(key)),
      [],
    );
    for (const key of snapshot.requiredInputs.map(capitalize)) assert.ok(used.includes(key), `it lacks ${key}`);
    const outputs = Object.keys(snapshot.properties).map(capitalize);
    for (const [, output] of text.matchAll(/before\.(\w+)/g)) assert.ok(outputs.includes(output as string), output);
    for (const [name, values] of [
      ["Quiesce", ["Prefer"]],
      ["OnDestroy", ["Delete"]],
    ] as const) {
      const known = schema.types[`snapstate:index:${name}`].enum.map(({ value }: { value: string }) =>
        capitalize(value),
      );
      for (const value of values) assert.ok(known.includes(value) && text.includes(`snapstate.${name}${value}`));
    }
    const gofmt = spawnSync("gofmt", ["-l", join(root, "examples", "go")], { encoding: "utf8" });
    if (gofmt.error) return t.skip("gofmt is not installed");
    assert.deepEqual([gofmt.status, gofmt.stdout], [0, ""], gofmt.stderr);
  });

  it("CI: the workflow is YAML with the steps in order, and the script is a shell's", () => {
    const { jobs } = parse(read("ci-gate/.github/workflows/deploy.yml"));
    const steps = jobs.deploy.steps as { uses?: string; run?: string; with?: { command?: string } }[];
    const up = steps.findIndex((step) => step.with?.command === "up");
    const deploy = steps.findIndex((step) => step.run === "./deploy.sh");
    assert.ok(up >= 0 && deploy > up, "the deploy comes before the snapshot");
    const shell = spawnSync("sh", ["-n", join(root, "examples", "ci-gate", "gate.sh")], { encoding: "utf8" });
    assert.equal(shell.status, 0, shell.stderr);
  });

  it("every folder with a program is a Pulumi project", () => {
    const folders = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) {
      const files = readdirSync(join(root, "examples", name));
      if (!files.some((file) => /^(index\.ts|main\.go|__main__\.py)$/.test(file))) continue;
      assert.ok(parse(read(`${name}/Pulumi.yaml`)).runtime, name);
    }
  });
});
