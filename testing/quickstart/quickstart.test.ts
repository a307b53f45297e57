import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { sleep } from "../../provider/core/operation";
import { qemuMissing } from "../qemu";
import { OFFERED } from "../simulators/simulator-registry";
import { packageRoot } from "../support/package-root";

describe("the quickstart", () => {
  it("takes a real VM back, shown by its counters, and leaves nothing", { skip: qemuMissing() }, async (t) => {
    const { child, said, folder } = start(t, ["--platform", "qemu"]);
    const [code] = await once(child, "exit");
    assert.equal(code, 0, said());
    for (const words of ["time went back in RAM", "time went back on the disk", "the guest counts on"]) {
      assert.ok(said().includes(words), `${words}\n${said()}`);
    }
    const last = said().slice(said().lastIndexOf("\nDone in "));
    assert.match(last, /^\nDone in \d+ s\. Everything is removed again\.\nYou saw: .*\.\n\nNext:\n/);
    const root = packageRoot(__dirname);
    const simulator = /npm run simulator -- (\S+)/.exec(last)?.[1] ?? "";
    assert.ok(Object.keys(OFFERED).includes(simulator), last);
    for (const [path] of last.matchAll(/(docs|examples)\/\S*/g)) assert.ok(existsSync(join(root, path)), path);
    assert.ok(existsSync(join(root, "node_modules", ".bin", "snapstate")), "what npx runs");
    await nothingLeft(folder);
  });

  for (const times of [1, 2]) {
    it(`stops the VMs and removes every file after Ctrl-C, pressed ${times} times`, {
      skip: qemuMissing(),
    }, async (t) => {
      const { child, said, folder } = start(t, ["--platform", "qemu"]);
      while (!said().includes("--- 2.") && child.exitCode === null) await sleep(50);
      assert.ok(readdirSync(folder).length > 0);
      child.kill("SIGINT");
      while (!said().includes("Interrupting") && child.exitCode === null) await sleep(5);
      if (times === 2) child.kill("SIGINT");
      const [code] = await once(child, "exit");
      assert.equal(code, 130, said());
      assert.match(said(), /\nInterrupted\. Everything is removed\.\n$/);
      assert.doesNotMatch(said(), /^ +at /m, "no stack trace");
      await nothingLeft(folder);
    });
  }

  it("removes what was still starting at the Ctrl-C", { skip: qemuMissing() }, async (t) => {
    const { child, said, folder } = start(t, ["--platform", "qemu"]);
    while (!said().includes("Starting two virtual machines") && child.exitCode === null) await sleep(5);
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.equal(code, 130, said());
    await nothingLeft(folder);
  });

  it("says which command installs QEMU and where Go is, and goes on with what can be had", async (t) => {
    const { child, said, folder } = start(t, [], { PATH: "/nowhere" });
    while (!said().includes("--- 1.") && child.exitCode === null) await sleep(50);
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.match(said(), /qemu-system-x86_64 and qemu-img not found on the PATH\. Install QEMU with: ./);
    const shown = /Showing a simulator of (\w+) instead/.exec(said())?.[1];
    assert.ok(shown, said());
    assert.match(said(), shown === "vSphere" ? /Hypervisor: a vCenter/ : /Hypervisor: a CloudStack/);
    assert.doesNotMatch(said(), shown === "vSphere" ? /CloudStack/ : /vCenter/, "no other platform is announced");
    assert.equal(code, 130, said());
    await nothingLeft(folder);
  });

  it("refuses a platform that it cannot show", async (t) => {
    const { child, said } = start(t, ["--platform", "hyperv"]);
    const [code] = await once(child, "exit");
    assert.equal(code, 1);
    assert.match(said(), /Allowed choices are qemu, vsphere, cloudstack, cloudmc, ovh-vps, proxmox/);
  });
});

/** Runs the quickstart with its own folder for temporary files, so that leftovers are detected. */
function start(t: TestContext, args: string[], env: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(tmpdir(), "qs-"));
  const child: ChildProcess = spawn(process.execPath, [join(__dirname, "main.js"), "--engine", "demo", ...args], {
    env: { ...process.env, TMPDIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  }
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return { child, folder, said: () => text };
}

async function nothingLeft(folder: string): Promise<void> {
  const end = Date.now() + 10_000;
  const left = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("snapstate-")) : []);
  while (left().length > 0 && Date.now() < end) await sleep(50);
  assert.deepEqual(left(), []);
  if (!existsSync("/proc")) return;
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandLine(name).includes(folder));
  assert.deepEqual(processes.map(commandLine), []);
}

/** Empty for a process that has ended. */
function commandLine(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "cmdline"), "utf8");
  } catch {
    return "";
  }
}
