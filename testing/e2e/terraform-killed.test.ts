import assert from "node:assert/strict";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { childrenOf, untilEnded } from "./processes";
import type { TofuProject } from "./tofu";
import { succeeds, TofuSite } from "./tofu-site";

/*
 * Kills or interrupts the provider alone, or the engine alone, while the platform works. After the next apply the
 * declared snapshots exist, each exactly once and known to the state.
 */

const site = new TofuSite(10);
const TASK_MS = 1500;

const snapshot = ({ path }: VcsimVm, more = "", label = "one", name = "first") =>
  `resource "snapstate_snapshot" "${label}" {\n  target = "${path}"\n  name   = "${name}"\n${more}\n}\n`;
const FIRST = "  lifecycle {\n    create_before_destroy = true\n  }";

interface Operation {
  /** The platform call during which it is interrupted. */
  method: "CreateSnapshotEx_Task" | "RenameSnapshot" | "RemoveSnapshot_Task";
  /** The configuration of a round; -1 is applied before the first. */
  declared(vm: VcsimVm, round: number): string;
  /** Declared and applied before each round. */
  before?(vm: VcsimVm): string;
}

const OPERATIONS: Record<string, Operation> = {
  create: {
    method: "CreateSnapshotEx_Task",
    declared: (vm, round) =>
      Array.from({ length: round + 1 }, (_, at) => snapshot(vm, "", `r${at}`, `n${at}`)).join(""),
  },
  update: { method: "RenameSnapshot", declared: (vm, round) => snapshot(vm, "", "one", `n${round}`) },
  "replacement, destroyed first,": {
    method: "RemoveSnapshot_Task",
    declared: (vm, round) => snapshot(vm, `  triggers = [${round}]`),
  },
  "replacement, created first,": {
    method: "CreateSnapshotEx_Task",
    declared: (vm, round) => snapshot(vm, `  triggers = [${round}]\n${FIRST}`),
  },
  destroy: { method: "RemoveSnapshot_Task", declared: () => "", before: (vm) => snapshot(vm) },
};

const ENDS = [
  { whom: "provider", signal: "SIGKILL" },
  { whom: "provider", signal: "SIGINT" },
  { whom: "engine", signal: "SIGKILL" },
  { whom: "engine", signal: "SIGINT" },
] as const;

describe("the provider alone, and the engine alone, killed and interrupted", () => {
  for (const [name, { method, declared, before }] of Object.entries(OPERATIONS)) {
    site.scenario(`in the middle of a ${name} then applied again: exactly one`, async (tofu, vm) => {
      const apply = async (body: string) => {
        tofu.declare(body);
        succeeds(await tofu.apply());
      };
      await apply(declared(vm, -1));
      for (const [round, end] of ENDS.entries()) {
        if (before) await apply(before(vm));
        const body = declared(vm, round);
        tofu.declare(body);
        await broken(tofu, method, end);
        await apply(body);
        const words = `${end.signal} of the ${end.whom}`;
        const known = Object.values(tofu.state()).map(({ platform_id: id }) => id);
        const there = await site.snapshots(vm);
        assert.deepEqual(there.map(({ moref }) => moref).sort(), known.sort(), words);
        assert.equal(there.length, body.split('resource "').length - 1, words);
      }
      assert.equal((await tofu.plan()).code, 0);
    });
  }
});

/** An apply during which a process is ended. */
async function broken(tofu: TofuProject, method: string, { whom, signal }: (typeof ENDS)[number]): Promise<void> {
  await site.control.calls({ reset: true });
  await site.control.delay({ taskMs: TASK_MS });
  await site.control.rules({ method: "RenameSnapshot", delayMs: TASK_MS, max: 1 });
  const args = ["apply", "-auto-approve", "-input=false", "-no-color"];
  const { child, result } = tofu.start(args, { TF_REATTACH_PROVIDERS: undefined });
  await Promise.race([site.untilCalled(method), result]);
  const [provider, ...others] = childrenOf(child.pid ?? 0);
  assert.ok(provider && others.length === 0, "one provider runs");
  if (whom === "engine") child.kill(signal);
  else process.kill(provider.pid, signal);
  const { code, output } = await result;
  // A terminal also interrupts the provider, which leaves the decision to the engine.
  assert.equal(code === 0, whom === "provider" && signal === "SIGINT", output);
  await site.control.delay({ taskMs: 15 });
  await site.control.rules();
  if (whom === "engine" && signal === "SIGKILL" && method === "CreateSnapshotEx_Task") await untilEnded([provider]);
}
