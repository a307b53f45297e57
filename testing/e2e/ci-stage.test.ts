import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { Lab, qemuMissing, type Vm } from "../qemu";
import { snapshotsIn } from "../qemu/images";
import { packageRoot } from "../support/package-root";
import { CliProject } from "./project";

const missing = qemuMissing();
const root = packageRoot(__dirname);
const stage = join(root, "examples", "ci-stage");

describe("examples/ci-stage, in shell, on real VMs", { skip: missing }, () => {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-stage-"));
  const lab = missing === undefined ? Lab.open() : undefined;
  let vms: Vm[] = [];
  let project: CliProject;

  before(async () => {
    project = await CliProject.open("ci-stage");
    vms = await Promise.all(["web", "db"].map((name) => (lab as Lab).startVm({ name, disks: [{}, { mebibytes: 2 }] })));
  });
  after(async () => {
    await lab?.close();
    project?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function run(command: string, environment: Record<string, string> = {}) {
    const env: NodeJS.ProcessEnv = {
      ...project.environment,
      SNAPSTATE: `node ${join(root, "dist", "cli", "main.js")}`,
      SNAPSTATE_DEFAULT_PLATFORM: "qemu",
      SNAPSTATE_DEFAULT_DIRECTORY: lab?.directory,
      COMMENT: join(folder, "comment.md"),
      VMS: "web,db",
      ...environment,
    };
    return new Promise<{ code: number; text: string }>((resolve) => {
      execFile(join(project.directory, "ci-stage.sh"), [command], { env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
      });
    });
  }

  const held = async () => Promise.all(vms.map(async (vm) => (await snapshotsIn(vm.disks[0]?.file as string)).length));
  const fill = (value: number) => Promise.all(vms.map((vm) => vm.write(1, { at: 65_536, length: 512, value })));
  const content = async () => Promise.all(vms.map(async (vm) => (await vm.content(1))[65_600]));

  it("writes the plan and the trees for a comment, and touches nothing", async () => {
    const { code, text } = await run("plan", { COMMIT: "c1" });
    assert.equal(code, 0, text);
    const comment = readFileSync(join(folder, "comment.md"), "utf8");
    assert.match(comment, /^## Snapshots around the deploy of c1/);
    assert.match(comment, /takes a snapshot of series before-deploy/);
    assert.equal(comment.match(/```mermaid/g)?.length, 2);
    assert.deepEqual(await held(), [0, 0]);
  });

  it("drops the snapshots when the deploy succeeded", async () => {
    const log = join(folder, "snapshots-while-deploying");
    const first = vms[0]?.disks[0]?.file;
    const observation = `qemu-img snapshot -l -U '${first}' | grep -c before-deploy > '${log}'`;
    const { code, text } = await run("deploy", { COMMIT: "c1", DEPLOY: observation });
    assert.equal(code, 0, text);
    assert.equal(readFileSync(log, "utf8").trim(), "1");
    assert.deepEqual(await held(), [0, 0]);
  });

  it("reverts every VM when the deploy failed, drops the snapshots, and fails", async () => {
    await fill(0x11);
    const started = join(folder, "started");
    const done = join(folder, "done");
    const wait = `touch '${started}'; while [ ! -e '${done}' ]; do sleep 0.05; done; exit 1`;
    const running = run("deploy", { COMMIT: "c2", RUN: "7", DEPLOY: wait });
    await until(started, running);
    assert.deepEqual(await held(), [1, 1]);
    // The deploy's effect inside the VMs before it fails.
    await fill(0x22);
    assert.deepEqual(await content(), [0x22, 0x22]);
    writeFileSync(done, "");
    const { code, text } = await running;
    assert.equal(code, 1, text);
    assert.match(text, /The deploy failed; reverting web,db/);
    assert.deepEqual(
      [await content(), await held()],
      [
        [0x11, 0x11],
        [0, 0],
      ],
    );
  });

  it("deploys nothing when one VM of the group cannot be snapshotted", async () => {
    const mark = join(folder, "deployed");
    const environment = { COMMIT: "c3", VMS: "web,nowhere", DEPLOY: `touch '${mark}'` };
    const { code, text } = await run("deploy", environment);
    assert.equal(code, 2, text);
    assert.throws(() => readFileSync(mark));
    assert.deepEqual(await held(), [0, 0]);
  });

  it("has a workflow that is well-formed and runs both commands", () => {
    const text = readFileSync(join(stage, ".github", "workflows", "deploy.yml"), "utf8");
    const { jobs } = parse(text) as { jobs: Record<string, { steps: { run?: string }[] }> };
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run: line }) => line ?? []));
    for (const command of ["./ci-stage.sh plan", "./ci-stage.sh deploy"]) assert.ok(commands.includes(command));
  });
});

async function until(file: string, running: Promise<{ text: string }>): Promise<void> {
  let over: string | undefined;
  void running.then(({ text }) => {
    over = text;
  });
  for (;;) {
    try {
      readFileSync(file);
      return;
    } catch {
      assert.equal(over, undefined, over);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
