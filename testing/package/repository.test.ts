import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { packageRoot } from "../support/package-root";

const root = packageRoot(__dirname);
const read = (file: string) => readFileSync(join(root, file), "utf8");
const facts = JSON.parse(read("package.json"));

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<
    string,
    {
      "timeout-minutes": number;
      permissions?: Record<string, string>;
      steps: Step[];
      strategy?: { matrix: Record<string, unknown[]> };
    }
  >;
}

const folder = ".github/workflows";
const workflows = readdirSync(join(root, folder)).map(
  (file): [string, Workflow] => [file, parse(read(`${folder}/${file}`))] as const as [string, Workflow],
);

describe("the repository's workflows", () => {
  it("run scripts that exist, in bounded time, with the rights to read and no more than they need", () => {
    assert.deepEqual(workflows.map(([file]) => file).sort(), [
      "checks.yml",
      "e2e.yml",
      "nightly-proof.yml",
      "release.yml",
    ]);
    for (const [file, { permissions, jobs }] of workflows) {
      assert.deepEqual(permissions, { contents: "read" }, file);
      for (const [job, { steps, strategy, ...rest }] of Object.entries(jobs)) {
        assert.ok(rest["timeout-minutes"] > 0, `${file}: ${job} has no timeout`);
        for (const { uses, run = "" } of steps) {
          if (uses) assert.match(uses, /^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/, file);
          const tasks = (strategy?.matrix.task ?? []) as string[];
          const names = [...run.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] as string);
          for (const name of run.includes("matrix.task") ? tasks : names)
            assert.ok(facts.scripts[name], `${file} runs ${name}, which package.json lacks`);
        }
      }
    }
  });

  it("test each supported major version of Node", () => {
    const [, checks] = workflows.find(([file]) => file === "checks.yml") as [string, Workflow];
    const versions = checks.jobs.test?.strategy?.matrix.node as number[];
    assert.equal(Math.min(...versions), Number(/\d+/.exec(facts.engines.node)?.[0]));
    assert.deepEqual(versions, [20, 22, 24]);
  });

  it("publish with provenance, after the checks, and only the version of the tag", () => {
    const [, release] = workflows.find(([file]) => file === "release.yml") as [string, Workflow];
    const job = release.jobs.publish;
    assert.ok(job);
    assert.equal(job.permissions?.["id-token"], "write");
    const at = (text: string) => job.steps.findIndex(({ run = "" }) => run.includes(text));
    assert.ok(at("GITHUB_REF_NAME") >= 0 && at("GITHUB_REF_NAME") < at("npm test"));
    assert.ok(at("npm test") < at("npm publish --provenance"));
  });
});

describe("the repository", () => {
  it("says where it is, and the same everywhere", () => {
    const home = /^git\+(https:\/\/[^ ]+)\.git$/.exec(facts.repository.url)?.[1];
    assert.ok(home);
    assert.equal(facts.bugs, `${home}/issues`);
    assert.equal(facts.homepage, `${home}#readme`);
    for (const file of ["SECURITY.md", ".github/ISSUE_TEMPLATE/config.yml"]) assert.ok(read(file).includes(home), file);
    const { language } = JSON.parse(read("schema.json"));
    assert.ok(language.go.importBasePath.startsWith(home.replace("https://", "")));
  });

  it("has settings for editors, a container and Renovate that can be read", () => {
    for (const file of ["renovate.json", ".devcontainer/devcontainer.json", ".vscode/settings.json"])
      assert.equal(typeof JSON.parse(read(file)), "object", file);
    const { devDependencies } = facts;
    const { packageRules }: { packageRules: { matchPackageNames?: string[]; allowedVersions: string }[] } = JSON.parse(
      read("renovate.json"),
    );
    const bound = packageRules.find(({ matchPackageNames = [] }) => matchPackageNames.includes("@pulumi/pulumi"));
    const [, minor = 0] = /^<3\.(\d+)/.exec(bound?.allowedVersions ?? "") ?? [];
    assert.ok(Number(devDependencies["@pulumi/pulumi"].split(".")[1]) < Number(minor));
    for (const form of ["bug.yml", "feature.yml"])
      assert.ok(parse(read(`.github/ISSUE_TEMPLATE/${form}`)).body.length >= 2, form);
  });

  it("has a section of the changelog for this version", () => {
    assert.ok(read("CHANGELOG.md").includes(`## [${facts.version}]`));
  });
});
