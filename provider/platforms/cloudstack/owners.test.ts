import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { CloudStackBench } from "../../../testing/contract/cloudstack-driver";
import { failure } from "../../../testing/contract/failure";
import type { SnapshotKind } from "../contract";

const KINDS = ["snapshot", "recovery-point"] as const satisfies SnapshotKind[];
const bench = new CloudStackBench();
const { cloud, connect, newVm, targetId, find, inspect, create } = bench;

describe("the CloudStack driver, whose things it finds", () => {
  before(bench.start);
  after(bench.stop);

  it("finds volumes by VM and disk, by name and by the VM's only disk", async () => {
    const { id, name, volume, row } = newVm({ disks: [{ name: "data" }] });
    const data = cloud.volumesOf(row)[1];
    assert.equal((await find("snapshot", `${name}/ROOT`)).id, volume.id);
    assert.deepEqual(await find("snapshot", `${id}/data`), { id: data?.id, name: "data", path: `${name}/data` });
    assert.equal((await find("snapshot", volume.name)).id, volume.id);
    assert.equal((await find("snapshot", `${name}/ROOT`, "path")).id, volume.id);
    await failure(find("snapshot", `${name}/root`), "not-found");
    const error = await failure(find("snapshot", name), "ambiguous");
    assert.match(error.message, new RegExp(`${name}/ROOT .* and |${name}/data`));
    assert.equal((await find("snapshot", newVm().name)).name.startsWith("ROOT-"), true);
    await failure(find("snapshot", id, "instance-uuid"), "bad-input");
    await failure(find("recovery-point", id, "bios-uuid"), "bad-input");
  });

  it("lists two volumes of one name with where they are", async () => {
    const a = newVm({ disks: [{ name: "logs" }] });
    const b = newVm({ disks: [{ name: "logs" }] });
    const error = await failure(find("snapshot", "logs"), "ambiguous");
    for (const { name } of [a, b]) assert.ok(error.message.includes(`${name}/logs (`), error.message);
  });

  for (const kind of KINDS) {
    it(`never takes what a project owns for gone (${kind})`, async () => {
      const vm = newVm({ project: "p1" });
      const id = targetId(kind, vm);
      for (const work of [() => inspect(kind, id), () => find(kind, id)]) {
        const error = await failure(work(), "conflict");
        assert.match(error.message, /belongs to the project p1.*Set `project`/);
      }
      const within = connect({ project: "p1" });
      const { snapshotId } = await create(kind, id, {}, within);
      assert.equal((await inspect(kind, id, within)).snapshots[0]?.id, snapshotId);
      assert.equal((await find(kind, id, "id", within)).id, id);
      assert.notEqual(await within.installation(testCall()), await bench.driver.installation(testCall()));
      const own = newVm();
      await failure(inspect(kind, targetId(kind, own), within), "conflict");
      await within.removeSnapshot(
        kind,
        { targetId: id, snapshotId },
        { removeChildren: false, consolidate: true },
        testCall(),
      );
      assert.deepEqual((await inspect(kind, id, within)).snapshots, []);
    });

    it(`says who owns it when it is another account's, and that other keys are another installation (${kind})`, async () => {
      const bob = cloud.addAccount({ name: `bob-${kind}` });
      const vm = newVm({ account: bob.name });
      const theirs = connect({ apiKey: bob.apiKey, secretKey: bob.secretKey });
      assert.equal((await inspect(kind, targetId(kind, vm), theirs)).snapshots.length, 0);
      assert.notEqual(await theirs.installation(testCall()), await bench.driver.installation(testCall()));
      await failure(create(kind, targetId(kind, vm)), "permission");
    });
  }

  it("names the projects and zones that there are", async () => {
    const wrong = await failure(connect({ project: "p2" }).installation(testCall()), "bad-input");
    assert.match(wrong.message, /no project has the name "p2".*p1 \(/);
    await failure(connect({ zone: "z9" }).listTargets("snapshot", testCall()), "bad-input");
    assert.ok((await connect({ zone: "z1" }).listTargets("snapshot", testCall())).length > 0);
    await failure(connect({ account: "x" }).installation(testCall()), "bad-input");
  });

  it("does not take things for gone when the project itself is", async () => {
    cloud.addProject({ name: "p3" });
    const within = connect({ project: "p3" });
    await within.installation(testCall());
    const { id: projectId } = [...cloud.state.projects].find(({ name }) => name === "p3") ?? { id: "" };
    cloud.state.projects.purge(projectId);
    await failure(inspect("snapshot", newVm().volume.id, within), "bad-input");
  });

  it("still tells of snapshots whose volume was removed, and removes them", async () => {
    const { volume } = newVm();
    const { snapshotId } = await create("snapshot", volume.id);
    volume.removed = true;
    const { snapshots, blockers, target } = await inspect("snapshot", volume.id);
    assert.deepEqual([snapshots[0]?.id, blockers[0]?.code, target.name], [snapshotId, "target-removed", volume.name]);
    const ref = { targetId: volume.id, snapshotId };
    await bench.driver.removeSnapshot("snapshot", ref, { removeChildren: false, consolidate: true }, testCall());
    await failure(inspect("snapshot", volume.id), "not-found");
  });
});
