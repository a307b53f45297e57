import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GoMissingError } from "../vcsim/go-missing-error";
import { startVcsim, type Vcsim, type VcsimSnapshot, type VcsimVm } from "../vcsim/launcher";
import { newStack, type Outcome } from "./stack";

let vcsim: Vcsim;
let missing: string | undefined;
let vms: VcsimVm[] = [];
let used = 0;

before(async () => {
  try {
    vcsim = await startVcsim({ vms: 12 });
    vms = await vcsim.control.vms();
  } catch (error) {
    if (!(error instanceof GoMissingError)) throw error;
    missing = error.message;
  }
});
after(() => vcsim?.stop());

type Stack = ReturnType<typeof newStack>;

function scenario(name: string, work: (stack: Stack, vm: VcsimVm) => Promise<void>): void {
  it(name, async (t) => {
    if (missing) return t.skip(missing);
    const stack = newStack(vcsim, { program: "guarded" });
    try {
      await vcsim.control.journal({ reset: true });
      await work(stack, vms[used++] as VcsimVm);
    } finally {
      await vcsim.control.rules();
      stack.remove();
    }
  });
}

async function now(vm: VcsimVm) {
  const found = (await vcsim.control.vms()).find(({ moref }) => moref === vm.moref);
  const flat = (list: VcsimSnapshot[]): VcsimSnapshot[] => list.flatMap((one) => [one, ...flat(one.children)]);
  return { current: found?.current, snapshots: flat(found?.snapshots ?? []) };
}

/** The calls that changed something, in order. */
async function changes(): Promise<string[]> {
  const methods = (await vcsim.control.journal({ reset: true })).map(({ method }) => method);
  return methods
    .filter((method) => /^(Create|Remove|RevertTo|Rename)Snapshot/.test(method))
    .map((method) => method.replace(/(Ex)?_Task/, ""));
}

const deploy = (vm: VcsimVm, version: string, more: object = {}, fail = false) => ({
  name: "deploy",
  how: "hooks",
  target: vm.path,
  args: { version, fail, vm: vm.path },
  ...more,
});

async function succeed(run: Promise<Outcome>): Promise<Outcome> {
  const outcome = await run;
  assert.ok(outcome.ok, text(outcome));
  return outcome;
}

async function fail(run: Promise<Outcome>, expected: RegExp): Promise<Outcome> {
  const outcome = await run;
  assert.equal(outcome.ok, false);
  assert.match(text(outcome), expected);
  return outcome;
}

const text = (outcome: Outcome) => [outcome.error, ...outcome.messages].join("\n");

describe("snapshotBefore", () => {
  scenario(
    "takes a snapshot before an update and drops it after a success; a preview takes none",
    async (stack, vm) => {
      stack.declare(deploy(vm, "1"));
      await succeed(stack.up());
      assert.deepEqual(await changes(), []);
      stack.declare(deploy(vm, "2"));
      await succeed(stack.preview());
      assert.deepEqual(await changes(), []);
      const up = await succeed(stack.up());
      assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
      assert.match(text(up), /took snapshot before-deploy-[\s\S]*dropped snapshot before-deploy-/);
      await succeed(stack.up());
      assert.deepEqual(await changes(), []);
    },
  );

  scenario("keeps it after a failure; the next success drops it", async (stack, vm) => {
    stack.declare(deploy(vm, "1"));
    await succeed(stack.up());
    stack.declare(deploy(vm, "2", {}, true));
    await fail(stack.up(), /deploy of 2 failed/);
    const [kept] = (await now(vm)).snapshots;
    assert.match(kept?.name ?? "", /^before-deploy-/);
    stack.declare(deploy(vm, "3"));
    const up = await succeed(stack.up());
    assert.match(text(up), /did not succeed; it stays the restore point/);
    assert.deepEqual((await now(vm)).snapshots, []);
    assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
  });

  scenario("with revertOnError reverts the VM when the change failed", async (stack, vm) => {
    const guard = { revertOnError: true, on: ["create", "update"] };
    stack.declare(deploy(vm, "1", { guard }, true));
    const failed = await fail(stack.up(), /deploy of 1 failed/);
    assert.match(text(failed), /reverted VM .* the change of deploy failed/);
    const after = await now(vm);
    assert.equal(after.current, after.snapshots[0]?.moref);
    assert.equal((await changes()).filter((method) => method === "RevertToSnapshot").length, 1);
  });

  scenario("blocks the change when the snapshot cannot be taken", async (stack, vm) => {
    stack.declare(deploy(vm, "1"));
    await succeed(stack.up());
    await vcsim.control.rules({ method: "CreateSnapshotEx_Task", task: true, fault: "NoDiskSpace" });
    stack.declare(deploy(vm, "2"));
    await fail(stack.up(), /before hook .* failed: .*(NoDiskSpace|space)/i);
    await vcsim.control.rules();
    stack.declare(deploy(vm, "1"));
    assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
  });

  scenario("keeps it for a time after a success", async (stack, vm) => {
    const guard = { ttl: "24h" };
    for (const version of ["1", "2"]) {
      stack.declare(deploy(vm, version, { guard }));
      await succeed(stack.up());
    }
    const [kept] = (await now(vm)).snapshots;
    assert.match(kept?.description ?? "", /\[snapstate: ttl 86400s\]/);
  });

  scenario("finds the VM from the resource itself", async (stack, vm) => {
    for (const version of ["1", "2"]) {
      stack.declare(deploy(vm, version, { how: "function" }));
      await succeed(stack.up());
    }
    assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
  });

  scenario("as a stack transform guards every resource of a type", async (stack, vm) => {
    for (const version of ["1", "2"]) {
      stack.declare(deploy(vm, version, { how: "transform" }));
      await succeed(stack.up());
    }
    assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
  });
});

describe("GuardedChange", () => {
  scenario("takes the snapshot first, keeps it after a failure, and reverts to it on demand", async (stack, vm) => {
    const guarded = (version: string, rollback?: string, failing = false) =>
      deploy(vm, version, { how: "component", guard: { rollback } }, failing);
    stack.declare(guarded("1"));
    await succeed(stack.up());
    const [first] = (await now(vm)).snapshots;
    stack.declare(guarded("2", undefined, true));
    await fail(stack.up(), /deploy of 2 failed/);
    const second = (await now(vm)).snapshots.find(({ moref }) => moref !== first?.moref);
    assert.ok(second);

    stack.declare(guarded("2", "ticket 1"));
    await succeed(stack.up());
    const after = await now(vm);
    assert.equal(after.current, second.moref);
    assert.equal(after.snapshots.filter(({ name }) => name.startsWith("before-restore-")).length, 1);
    assert.ok(!after.snapshots.some(({ moref }) => moref === first?.moref));
    assert.equal((await succeed(stack.up())).summary.same, 4);
    await succeed(stack.destroy());
  });
});
