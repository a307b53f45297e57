import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { type Context, lifecycles, ProcessMemory } from "../../provider/resources";
import { GoMissingError } from "../vcsim/go-missing-error";
import { startVcsim, type Vcsim, type VcsimVm } from "../vcsim/launcher";
import { snapshotsOf, vcsimDriver } from "./vcsim-driver";

/*
 * Two provider processes with the same resource, as after kill -9 of an engine whose provider survived: whenever the
 * second one reads, exactly one snapshot remains.
 */

let vcsim: Vcsim;
let missing: string | undefined;
let vms: VcsimVm[] = [];

before(async () => {
  try {
    vcsim = await startVcsim({ vms: 8 });
    vms = await vcsim.control.vms();
  } catch (error) {
    if (!(error instanceof GoMissingError)) throw error;
    missing = error.message;
  }
});
after(() => vcsim?.stop());

/** The state of one provider process. */
function newProcess(identity: string): Context & { close(): Promise<void> } {
  const driver = vcsimDriver(vcsim);
  return {
    driver: () => driver,
    signal: new AbortController().signal,
    report: () => {},
    memory: new ProcessMemory(),
    identity,
    close: () => driver.close(),
  };
}

async function untilCreateIsSent(): Promise<void> {
  const end = Date.now() + 30_000;
  while (((await vcsim.control.calls()).CreateSnapshotEx_Task ?? 0) === 0) {
    assert.ok(Date.now() < end, "no create was sent");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const moments = {
  "before the first has sent anything": { checkFirst: true, taskMs: 1500, waitMs: 0 },
  "when the first's task has just begun": { checkFirst: false, taskMs: 1500, waitMs: 0 },
  "when the first's task is about to end": { checkFirst: false, taskMs: 400, waitMs: 380 },
  "before, and creates when the first's task has ended": { checkFirst: true, taskMs: 0, waitMs: 300 },
};

for (const [index, [moment, { checkFirst, taskMs, waitMs }]] of Object.entries(moments).entries()) {
  it(`a second process that looks ${moment} ends with the first's snapshot`, async (t) => {
    if (missing) return t.skip(missing);
    const snapshot = lifecycles.Snapshot;
    const vm = vms[index] as VcsimVm;
    const identity = `urn:pulumi:dev::app::snapstate:Snapshot::${index}`;
    const [first, second] = [newProcess(identity), newProcess(identity)];
    const check = async (context: Context) => {
      const { inputs, failures } = await snapshot.check(undefined, { target: vm.path, name: "one" }, context);
      assert.deepEqual(failures, []);
      return inputs;
    };
    try {
      await vcsim.control.delay({ taskMs });
      await vcsim.control.calls({ reset: true });
      const early = checkFirst ? await check(second) : undefined;
      const firstDone = snapshot.create(await check(first), first);
      await untilCreateIsSent();
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const created = await snapshot.create(early ?? (await check(second)), second);
      const firstOutputs = (await firstDone).outputs;
      const taken = await snapshotsOf(vcsim, vm.moref);
      assert.deepEqual(
        taken.map(({ moref }) => moref),
        [created.outputs.platformId],
      );
      assert.equal(firstOutputs.platformId, created.outputs.platformId);
    } finally {
      await vcsim.control.delay({ taskMs: 0 });
      await Promise.all([first.close(), second.close()]);
    }
  });
}
