import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Target } from "../platforms";
import { type ProxmoxPlatform, proxmox } from "../platforms/proxmox";
import { RIGHTS } from "../simulators/proxmox";
import { text as words } from "./outcome";
import { killCli } from "./processes";
import { type CliStack, type Declared, newStack, type Outcome } from "./stack";
import { TofuProject } from "./tofu";
import { succeeds } from "./tofu-site";

async function succeed(run: Promise<Outcome>): Promise<Outcome> {
  const outcome = await run;
  assert.ok(outcome.ok, words(outcome));
  return outcome;
}

async function fail(run: Promise<Outcome>, expected: RegExp): Promise<void> {
  const outcome = await run;
  assert.equal(outcome.ok, false);
  assert.match(words(outcome), expected);
}

for (const [kind, type, title] of [
  ["snapshot", "Snapshot", "virtual machines"],
  ["recovery-point", "RecoveryPoint", "containers"],
] as const) {
  describe(`Proxmox VE, ${title}, whole stacks`, () => {
    let platform: ProxmoxPlatform | string;
    let own: ProxmoxPlatform;
    let stack: CliStack;
    let target: Target;

    before(async () => {
      platform = await proxmox(kind);
    });
    after(async () => {
      if (typeof platform !== "string") await platform.close();
    });
    beforeEach(async (t) => {
      if (typeof platform === "string") return "skip" in t ? t.skip(platform) : undefined;
      own = platform;
      target = await own.newTarget();
      stack = newStack({ platform: "proxmox", ...own.connection }, { attached: true });
    });
    afterEach(() => {
      if (typeof platform === "string") return;
      stack.remove();
      platform.simulator.faults.clear();
    });

    const declared = (args: Record<string, unknown> = {}): Declared => ({
      kind: type,
      name: "one",
      args: { target: target.name, name: "before", ...args },
    });
    const restore = (triggers: string[]): Declared => ({
      kind: "Restore",
      name: "back",
      args: { target: target.name, kind, snapshot: "by-hand", triggers },
    });
    const vmid = () => Number(target.id.split("/")[1]);
    const guest = async () => {
      const there = await own.simulator.fake.guest(vmid());
      assert.ok(there);
      return there;
    };
    const names = async () => (await guest()).snapshots.map(({ name }) => name).sort();
    const sent = (method: string, end: RegExp) =>
      own.simulator.calls.filter(
        (call) => call.method === method && call.path.includes(target.id) && end.test(call.path),
      );
    const rule = (what: string, run: () => Promise<void>) =>
      it(what, async (t) => (typeof platform === "string" ? t.skip(platform) : run()));
    /** Tests that do not depend on the kind of guest. */
    const ruleOnce: typeof rule = async (what, run) => {
      if (kind === "snapshot") await rule(what, run);
    };

    rule("one is previewed, taken, edited in place, replaced and destroyed; a foreign one stays", async () => {
      const foreign = await own.takeForeign(target);
      stack.declare(declared());
      await succeed(stack.preview());
      assert.equal(sent("POST", /snapshot$/).length, 0);
      await succeed(stack.up());
      assert.deepEqual(await names(), ["before", "by-hand"]);
      assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
      await succeed(stack.refresh());
      assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });

      stack.declare(declared({ description: "why" }));
      assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
      assert.match(
        (await own.snapshots(target)).map(({ text }) => text).join(),
        /before why\n\n\[snapstate:[a-z2-7]{26}\]/,
      );
      stack.declare(declared({ description: "why", name: "after" }));
      await fail(stack.preview(), /cannot rename snapshots/);

      stack.declare(declared({ description: "why", triggers: ["2"] }));
      assert.match(
        words(await succeed(stack.preview())),
        /only one snapshot of this name: the old one is deleted before/,
      );
      await succeed(stack.up());
      assert.deepEqual(await names(), ["before", "by-hand"]);
      await succeed(stack.destroy());
      assert.deepEqual(
        (await own.snapshots(target)).map(({ id }) => id),
        [foreign],
      );
    });

    ruleOnce("one that was removed by hand is found missing and taken again", async () => {
      stack.declare(declared());
      await succeed(stack.up());
      await own.simulator.fake.do("delete", { vmid: vmid(), name: "before" });
      await succeed(stack.refresh());
      assert.deepEqual((await succeed(stack.up())).summary, { create: 1 });
      assert.deepEqual(await names(), ["before"]);
    });

    for (const [what, fault] of [
      ["lost", { kind: "reset-after" }],
      ["late (596)", { kind: "answer-after", reply: { status: 596, body: "" } }],
    ] as const) {
      ruleOnce(`a create's answer is ${what}: one snapshot, known to the state`, async () => {
        own.simulator.inject({
          ...fault,
          match: ({ method, path }) => method === "POST" && path.endsWith("/snapshot"),
        });
        stack.declare(declared());
        await succeed(stack.up());
        assert.equal(sent("POST", /snapshot$/).length, 1);
        const [only, ...others] = await own.snapshots(target);
        assert.deepEqual([others, (await stack.state()).one?.outputs.platformId], [[], only?.id]);
      });
    }

    ruleOnce("the run is killed in the middle of a create: the next one takes the snapshot over", async () => {
      await own.taskTime(3000);
      try {
        stack.declare(declared());
        await killCli(stack, async () => {
          while (sent("POST", /snapshot$/).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        });
        await succeed(stack.up({ clearPendingCreates: true }));
        assert.deepEqual(await names(), ["before"]);
        assert.equal(sent("POST", /snapshot$/).length, 1);
      } finally {
        await own.taskTime(15);
      }
    });

    rule("a revert happens once for its triggers, keeps what is lost, and starts a guest that ran", async () => {
      await own.takeForeign(target);
      await own.simulator.fake.do("change", { vmid: vmid(), status: "running" });
      stack.declare(restore(["1"]));
      const preview = words(await succeed(stack.preview()));
      assert.match(preview, /current state will be lost/);
      assert.match(preview, /stopped without a shutdown, and started again/);
      await succeed(stack.up());
      await succeed(stack.up());
      const { status, parent } = await guest();
      assert.deepEqual([sent("POST", /rollback$/).length, status, parent], [1, "running", "by-hand"]);
      assert.equal((await names()).filter((name) => name.startsWith("before-restore-")).length, 1);
      await succeed(stack.destroy());
    });

    rule("a missing right keeps the state; a guest that is gone does not", async () => {
      stack.declare(declared());
      await succeed(stack.up());
      await own.simulator.rights([]);
      try {
        await fail(stack.refresh(), /VM\.Audit/);
      } finally {
        await own.simulator.rights(RIGHTS);
      }
      assert.ok((await stack.state()).one);
      await own.removeTarget(target);
      await succeed(stack.refresh());
      assert.equal((await stack.state()).one, undefined);
    });

    ruleOnce("a guest that moves between a preview and its update is changed on its new node", async () => {
      const moveTo = (node: string) => own.simulator.fake.do("move", { vmid: vmid(), node });
      const changes = (node: string) =>
        own.simulator.calls
          .filter(({ method, path }) => method !== "GET" && path.includes(`/nodes/${node}/${target.id}/`))
          .map(({ method }) => method);
      stack.declare(declared());
      await succeed(stack.preview());
      await moveTo("pve2");
      await succeed(stack.up());
      assert.deepEqual([changes("pve1"), changes("pve2")], [[], ["POST"]]);
      const { id } = (await stack.state()).one ?? {};
      stack.declare(declared({ description: "why" }));
      await succeed(stack.preview());
      await moveTo("pve1");
      assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
      assert.deepEqual(changes("pve1"), ["PUT"]);
      assert.equal((await stack.state()).one?.id, id);
      await moveTo("pve2");
      await succeed(stack.destroy());
      assert.deepEqual([changes("pve2"), await names()], [["POST", "DELETE"], []]);
    });

    ruleOnce("a guest that moves after OpenTofu has saved its plan is changed on its new node", async () => {
      const { endpoint = "", apiToken = "" } = own.connection as Record<string, string>;
      const tofu = await TofuProject.attached({
        SNAPSTATE_DEFAULT_PLATFORM: "proxmox",
        SNAPSTATE_DEFAULT_ENDPOINT: endpoint,
        SNAPSTATE_DEFAULT_API_TOKEN: apiToken,
      });
      try {
        const resource = `snapstate_${kind.replace("-", "_")}`;
        tofu.declare(`resource "${resource}" "one" {\n  target = "${target.name}"\n  name = "before"\n}\n`);
        const planned = await tofu.plan();
        assert.equal(planned.code, 2, planned.output);
        await own.simulator.fake.do("move", { vmid: vmid(), node: "pve2" });
        succeeds(await tofu.run(["apply", "-input=false", "plan"]));
        assert.deepEqual(await names(), ["before"]);
        const [post, ...others] = sent("POST", /snapshot$/);
        assert.match(post?.path ?? "", /\/nodes\/pve2\//);
        assert.deepEqual(others, []);
        assert.equal((await tofu.plan()).code, 0);
        succeeds(await tofu.destroy());
        assert.deepEqual(await names(), []);
      } finally {
        tofu.remove();
      }
    });

    rule("a template is refused at plan time", async () => {
      const kindOf = kind === "snapshot" ? "qemu" : "lxc";
      await own.simulator.add(kindOf, `template-${target.name}`, { template: true });
      stack.declare(declared({ target: `template-${target.name}` }));
      await fail(stack.preview(), /it is a template/);
    });
  });
}
