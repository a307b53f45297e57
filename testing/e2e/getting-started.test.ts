import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { qemuMissing } from "../qemu";
import { OFFERED } from "../simulators/simulator-registry";
import { tryStart } from "../simulators/try-start";
import { packageRoot } from "../support/package-root";
import { pulumiCommand } from "./stack";
import { TofuProject } from "./tofu";
import { succeeds } from "./tofu-site";

/*
 * The getting-started pages and README's programs: bash runs each command as it is on the page, with the real Pulumi
 * CLI. Only `npm install` and `npx` are replaced; they use this checkout.
 */

const root = packageRoot(__dirname);
const pages = join(root, "docs", "getting-started");
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, block]) => block as string);

const folder = mkdtempSync(join(tmpdir(), "snapstate-begin-"));
const bin = join(folder, "bin");

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\nset -e\n${script}`);
  chmodSync(join(bin, name), 0o755);
}

async function bash(script: string, cwd: string, connection?: object): Promise<string> {
  mkdirSync(cwd, { recursive: true });
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd,
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      PATH: `${bin}:${process.env.PATH}`,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      // The pages have a separate preview command.
      PULUMI_OPTION_SKIP_PREVIEW: "true",
      ...(connection && { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: connection }) }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  const [code] = await once(child, "close");
  assert.equal(code, 0, text);
  return text;
}

describe("the first steps", () => {
  before(async () => {
    await pulumiCommand();
    mkdirSync(bin);
    const modules = join(root, "node_modules");
    program(
      "npm",
      `case "$1" in init) echo '{}' > package.json ;;
install) mkdir -p node_modules; ln -s '${root}' node_modules/snapstate; ln -s '${join(modules, "@pulumi")}' node_modules/@pulumi ;;
*) exit 1 ;; esac\n`,
    );
    program("npx", `test "$1" = snapstate\nshift\nexec node '${join(root, "entry", "cli.js")}' "$@"\n`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("have a page for each platform", () => {
    const names = readdirSync(pages).map((file) => basename(file, ".md"));
    assert.deepEqual(names.sort(), [...Object.keys(OFFERED), "qemu"].sort());
  });

  for (const file of readdirSync(pages)) {
    const platform = basename(file, ".md");
    it(`docs/getting-started/${file} runs as it stands`, async (t) => {
      const simulator = platform === "qemu" ? undefined : await tryStart(platform);
      if (typeof simulator === "string") return t.skip(simulator);
      const missing = platform === "qemu" ? qemuMissing() : undefined;
      if (missing !== undefined) return t.skip(missing);
      const cwd = join(folder, platform);
      try {
        const steps = blocks(readFileSync(join(pages, file), "utf8"), "sh");
        const script = steps.map((step, at) => `echo '@@${at}'\n${step}`).join("\n");
        const text = await bash(script, cwd, simulator?.connection);
        const said = text.split(/^@@\d+$/m).slice(platform === "qemu" ? 2 : 1);
        const [, taken = "", reverted = "", removed = ""] = said;
        assert.match(taken, /before-upgrade[\s\S]*you are here/, text);
        assert.match(reverted, /^20\d\d-\d\d-\d\dT[\d:.]+Z$/m, "the time of the revert");
        assert.doesNotMatch(removed.slice(removed.indexOf("Resources:")), /before-upgrade/, text);
      } finally {
        await simulator?.close();
        const pid = join(cwd, "vms", "web.pid");
        if (existsSync(pid)) process.kill(Number(readFileSync(pid, "utf8")));
      }
    });
  }

  it("README.md's programs run as they stand on the simulator of vSphere", async (t) => {
    const simulator = await tryStart("vsphere");
    if (typeof simulator === "string") return t.skip(simulator);
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const [typescript] = blocks(readme, "ts");
    const [terraform] = blocks(readme, "terraform");
    assert.ok(typescript && terraform);
    const cwd = join(folder, "readme");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "index.ts"), typescript);
    writeFileSync(join(cwd, "Pulumi.yaml"), "name: readme\nruntime: nodejs\nmain: index.ts\n");
    const tree = "npx snapstate tree /DC0/vm/prod/web-1\n";
    try {
      const setUp = `npm init\nnpm install\nexport PULUMI_BACKEND_URL="file://$PWD" PULUMI_CONFIG_PASSPHRASE=x\n`;
      const text = await bash(
        `${setUp}pulumi stack init dev\npulumi up --yes\n${tree}echo @@\npulumi destroy --yes\n${tree}`,
        cwd,
        simulator.connection,
      );
      const [taken = "", removed = ""] = text.split("@@");
      assert.match(taken, /you are here/);
      assert.doesNotMatch(removed.slice(removed.indexOf("Resources:")), /└─ .*\w+-\w+.*\d{4}/, text);
      const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: simulator.connection }) };
      const project = await TofuProject.open(environment);
      try {
        writeFileSync(join(project.folder, "main.tf"), terraform);
        succeeds(await project.run(["apply", "-auto-approve", "-input=false"]));
        assert.match(await bash(tree, cwd, simulator.connection), /before-deploy/);
        succeeds(await project.run(["destroy", "-auto-approve", "-input=false"]));
        assert.doesNotMatch(await bash(tree, cwd, simulator.connection), /before-deploy/);
      } finally {
        project.remove();
      }
    } finally {
      await simulator.close();
    }
  });
});
