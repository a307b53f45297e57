import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startVcsim, type Vcsim, type VcsimOptions } from "./launcher";
import { RawSoap } from "./raw-soap";
import { missing, vmOf } from "./test-support";

async function withVcsim(
  t: { skip(message: string): void },
  options: VcsimOptions,
  run: (vcsim: Vcsim, soap: RawSoap) => Promise<void>,
): Promise<void> {
  const vcsim = await startVcsim(options).catch(missing);
  if (typeof vcsim === "string") return t.skip(vcsim);
  try {
    const soap = new RawSoap(vcsim);
    assert.equal((await soap.login()).status, 200);
    await run(vcsim, soap);
  } finally {
    await vcsim.stop();
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("the vCenter simulator's process", () => {
  it("has exactly the VMs asked for, and says how to trust it", (t) =>
    withVcsim(t, { vms: 5, poweredOff: ["DC0_C0_RP0_VM3"] }, async (vcsim, soap) => {
      const vms = await vcsim.control.vms();
      assert.deepEqual(
        vms.map((vm) => `${vm.path} ${vm.power}`),
        [0, 1, 2, 3, 4].map((n) => `/DC0/vm/DC0_C0_RP0_VM${n} powered${n === 3 ? "Off" : "On"}`),
      );
      const reply = await soap.property("VirtualMachine", String(vms[0]?.moref), "name");
      assert.equal(reply.fingerprint, vcsim.fingerprint);
      assert.match(reply.body, /DC0_C0_RP0_VM0/);
    }));

  it("shows another certificate each time, and wants its own password", (t) =>
    withVcsim(t, { password: "first" }, async (first) => {
      await withVcsim(t, { password: "second", quotedCookie: true }, async (second, soap) => {
        await assert.rejects(new RawSoap(second, first.caPem).login(), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
        const wrong = await new RawSoap({ ...second, password: "first" }).login();
        assert.match(wrong.body, /InvalidLoginFault/);
        assert.match(soap.cookie, /^vmware_soap_session=".+"$/);
        assert.equal((await soap.property("VirtualMachine", (await vmOf(second)).moref, "name")).status, 200);
      });
    }));

  it("ends on stop(), which may be called again", async (t) => {
    const vcsim = await startVcsim({ vms: 0 }).catch(missing);
    if (typeof vcsim === "string") return t.skip(vcsim);
    assert.ok(alive(vcsim.pid));
    await Promise.all([vcsim.stop(), vcsim.stop()]);
    await vcsim.stop();
    assert.ok(!alive(vcsim.pid));
  });

  it("ends with a process that is killed", { skip: process.platform === "win32" }, async (t) => {
    const vcsim = await startVcsim({ vms: 0 }).catch(missing);
    if (typeof vcsim === "string") return t.skip(vcsim);
    await vcsim.stop();
    const launcher = JSON.stringify(join(__dirname, "launcher.js"));
    const program = `require(${launcher}).startVcsim({ vms: 0 }).then((v) => { console.log(v.pid); setInterval(() => {}, 1000); });`;
    const parent = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await once(parent.stdout, "data").finally(() => parent.kill("SIGKILL"));
    const pid = Number(String(said));
    for (let tries = 0; alive(pid) && tries < 600; tries++) await sleep(50);
    assert.ok(!alive(pid));
  });

  it("ends idle sessions", (t) =>
    withVcsim(t, { sessionTimeoutMs: 200 }, async (vcsim, soap) => {
      await sleep(700);
      const { status, body } = await soap.property("VirtualMachine", (await vmOf(vcsim)).moref, "snapshot");
      assert.equal(status, 200);
      assert.match(body, /missingSet[\s\S]*NotAuthenticated/);
    }));

  for (const [storeEscaped, shown] of [
    ["raw", "a%2fb%5c%25"],
    ["decoded", "a/b\\%"],
  ] as const) {
    it(`keeps escapes in names ${storeEscaped}`, (t) =>
      withVcsim(t, { storeEscaped }, async (vcsim, soap) => {
        assert.equal(await soap.createSnapshot((await vmOf(vcsim)).moref, "a%2fb%5c%25"), "success");
        assert.equal((await vmOf(vcsim)).snapshots[0]?.name, shown);
      }));
  }
});
