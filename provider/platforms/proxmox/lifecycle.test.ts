import assert from "node:assert/strict";
import { failure } from "../../../testing/contract/failure";
import { testContext } from "../../../testing/memory-driver/context";
import type { SimulatedRequest } from "../../../testing/simulators/http-simulator";
import { describeDriver, KIND } from "../../../testing/simulators/proxmox/describe-driver";
import { restore } from "../../resources/restore";
import { recoveryPoint, snapshot } from "../../resources/snapshot";

const owner = (name: string) => `urn:pulumi:dev::app::snapstate:index:Snapshot::${name}`;
const to =
  (end: RegExp) =>
  ({ path }: SimulatedRequest) =>
    end.test(path);
const STAYS = { suppressPowerOn: false };

describeDriver("snapshots and restores on Proxmox VE", (rule, { driver, reopen, inspect, create, remove }) => {
  for (const type of ["qemu", "lxc"] as const) {
    rule(`a deletion and a revert of ${type} after 596 are sent once, and looked at`, async ({ simulator }) => {
      const name = `late-${type}`;
      const id = `${type}/${await simulator.add(type, name)}`;
      const context = testContext(driver(), owner(name));
      const { inputs } = await snapshot.check(undefined, { target: name, name: "late" }, context);
      const made = await snapshot.create(inputs, context);
      const late = (method: string) =>
        simulator.inject({
          kind: "answer-after",
          reply: { status: 596, body: "" },
          match: (one) => one.method === method,
        });
      late("POST");
      const back = { target: name, snapshot: "late", triggers: ["1"], safetySnapshot: false, confirm: name };
      const reverting = testContext(driver(), owner(`back-${name}`));
      const checked = await restore.check(undefined, back, reverting);
      assert.deepEqual(checked.failures, []);
      await restore
        .create(checked.inputs, reverting)
        .catch((error: Error) => assert.match(error.message, /may still be running/));
      late("DELETE");
      await snapshot.delete(made.id, made.outputs, context);
      const sent = (method: string, end: RegExp) =>
        simulator.calls.filter((one) => one.method === method && one.path.includes(id) && end.test(one.path)).length;
      assert.deepEqual([sent("POST", /rollback$/), sent("DELETE", /late$/)], [1, 1]);
      assert.deepEqual((await inspect(id)).snapshots, []);
    });

    rule(
      `descriptions of ${type} come back as they were given, also unicode, and compare equal`,
      async ({ simulator }) => {
        const name = `texts-${type}`;
        await simulator.add(type, name);
        const context = testContext(driver(), owner(name));
        for (const description of [
          "Zürich – 前 🙂 100% a:b\ttab",
          "0",
          " leading",
          "ends with white space \n",
          "# heading\nline",
        ]) {
          const given = { target: name, name: "text", description };
          const { inputs, failures } = await snapshot.check(undefined, given, context);
          assert.deepEqual(failures, []);
          const { id, outputs } = await snapshot.create(inputs, context);
          const read = await snapshot.read(id, outputs, context);
          assert.ok(read);
          const diff = await snapshot.diff(id, read.outputs, inputs, context);
          assert.deepEqual([diff.updates, diff.replaces], [[], []], JSON.stringify(description));
          await snapshot.delete(id, read.outputs, context);
        }
      },
    );

    rule(
      `a lock that was left on ${type} is named with the one command, and a half deletion too`,
      async ({ simulator }) => {
        const vmid = await simulator.add(type, `left-${type}`);
        const tool = type === "lxc" ? "pct" : "qm";
        const snaptime = Math.floor(Date.now() / 1000) - 3600;
        const snapshots = { half: { snapstate: "prepare", snaptime }, going: { snapstate: "delete", snaptime } };
        await simulator.fake.do("change", { vmid, lock: "snapshot", snapshots });
        const id = `${type}/${vmid}`;
        const error = await failure(remove(id, `half@${snaptime}`), "conflict");
        assert.match(error.message, new RegExp(`\`${tool} unlock ${vmid}\` as root on node pve1`));
        await simulator.fake.do("change", { vmid, lock: null });
        const state = await inspect(id);
        assert.deepEqual(state.snapshots.map(({ name, failed }) => [name, failed]).sort(), [
          ["going", "delete"],
          ["half", "prepare"],
        ]);
        const half = state.snapshots.find(({ name }) => name === "half");
        assert.ok(half && driver().forecastRevert(KIND, state, half, STAYS).refusal);
        simulator.failNext = "rbd error: snapshot is gone";
        const remains = await failure(remove(id, `going@${snaptime}`), "conflict");
        assert.match(remains.message, new RegExp(`${tool} delsnapshot ${vmid} going --force`));
        await remove(id, `going@${snaptime}`);
        assert.ok(simulator.calls.every(({ target, body }) => !/force/.test(target + body)));
      },
    );

    rule(`50 ${type} at once: five calls a create, and one list for all at a refresh`, async ({ simulator }) => {
      simulator.calls.length = 0;
      const made = await Promise.all(
        Array.from({ length: 50 }, async (_, number) => {
          await simulator.add(type, `many-${type}-${number}`);
          const context = testContext(driver(), owner(`many-${type}-${number}`));
          const { inputs } = await snapshot.check(
            undefined,
            { target: `many-${type}-${number}`, name: "many" },
            context,
          );
          return { context, inputs };
        }),
      );
      // A plan asks each guest for its snapshots, configuration and feature, and the cluster for the lists of all.
      const lists = simulator.calls.filter(({ path }) => !/\/(qemu|lxc)\/\d+\//.test(path));
      assert.ok(lists.length <= 5, lists.map(({ path }) => path).join());
      assert.equal(simulator.calls.length - lists.length, 3 * 50);
      simulator.calls.length = 0;
      const created = await Promise.all(made.map(({ context, inputs }) => snapshot.create(inputs, context)));
      const calls = simulator.calls.map(({ method, path }) => `${method} ${path}`);
      const polled = calls.filter((call) => call.endsWith("/status"));
      assert.ok(calls.length - polled.length + new Set(polled).size <= 5 * 50, String(calls.length));
      await reopen();
      simulator.calls.length = 0;
      const contexts = made.map((_, number) => testContext(driver(), owner(`many-${type}-${number}`)));
      await Promise.all(created.map(({ id, outputs }, n) => snapshot.read(id, outputs, contexts[n] as never)));
      assert.equal(simulator.calls.length, 51);
    });
  }

  for (const [what, storage, change] of [
    ["a ZFS pool", "zfspool", (body: string) => body],
    ["ZFS over iSCSI", "rbd", (body: string) => body.replaceAll('"type": "rbd"', '"type": "zfs"')],
    [
      "a volume chain",
      "rbd",
      (body: string) => body.replaceAll('"type": "rbd"', '"type": "lvm", "snapshot-as-volume-chain": 1'),
    ],
  ] as const) {
    rule(
      `a Restore on ${what} is refused in the plan with its safety snapshot, and past a newer one`,
      async ({ simulator }) => {
        const name = `newest-${what.replaceAll(" ", "-")}`;
        await simulator.fake.do("storage", { name: `st-${storage}`, type: storage });
        const config = { scsi0: `st-${storage}:vm-1-disk-0` };
        const id = `qemu/${await simulator.add("qemu", name, { config, status: "running" })}`;
        simulator.inject({ kind: "changed", times: 99, change, match: to(/\/api2\/json\/storage$/) });
        const yes = (body: string) => body.replace('"hasFeature":0', '"hasFeature":1');
        simulator.inject({ kind: "changed", times: 99, change: yes, match: to(/\/feature$/) });
        await create(id, { name: "older" });
        const check = (more: object) => {
          const given = { target: name, snapshot: "older", triggers: ["1"], ...more };
          return restore.check(undefined, given, testContext(driver(), owner(name)));
        };
        const unkept = { safetySnapshot: false, confirm: name };
        const kept = await check({});
        assert.deepEqual(
          kept.failures.map(({ property }) => property),
          ["safetySnapshot"],
        );
        simulator.calls.length = 0;
        await assert.rejects(
          restore.create(kept.inputs, testContext(driver(), owner(name))),
          /safety snapshot would be the newest/,
        );
        assert.ok(simulator.calls.every(({ method }) => method === "GET"));
        assert.deepEqual((await check(unkept)).failures, []);
        await create(id, { name: "newer" });
        await reopen();
        assert.match(
          (await check(unkept)).failures.map(({ reason }) => reason).join(),
          /only revert to the newest snapshot: remove the newer/,
        );
      },
    );
  }

  rule(
    "what a guest cannot give is refused in the plan: memory, quiet file systems, snapshots at all",
    async ({ simulator }) => {
      const agent = "enabled=1,freeze-fs-on-backup=0";
      const disk = { scsi0: "ceph:vm-1-disk-0" };
      await simulator.add("qemu", "is-off", { config: { ...disk, agent: "1" } });
      await simulator.add("qemu", "no-agent", { status: "running" });
      await simulator.add("qemu", "no-freeze", { status: "running", config: { ...disk, agent } });
      await simulator.add("qemu", "shares", { status: "running", config: { ...disk, virtiofs0: "dir" } });
      await simulator.add("lxc", "contained", { status: "running" });
      await simulator.add("lxc", "a-template", { template: true });
      for (const [target, consistency, why] of [
        ["is-off", "memory", /off/],
        ["is-off", "filesystem", /off/],
        ["no-agent", "filesystem", /agent is not enabled/],
        ["no-freeze", "filesystem", /freeze-fs=0/],
        ["shares", "memory", /virtiofs0/],
        ["contained", "memory", /container/],
        ["contained", "filesystem", /container/],
        ["a-template", "crash", /template/],
      ] as const) {
        const context = testContext(driver(), owner(target));
        const { failures } = await recoveryPoint.check(undefined, { target, name: "point", consistency }, context);
        assert.match(failures.map(({ reason }) => reason).join(), why, `${target}, ${consistency}`);
      }
    },
  );

  rule("names that do not fit are refused in the plan, and names it makes up fit", async ({ newTarget }) => {
    const target = await newTarget();
    const check = (more: object, of = "one") =>
      snapshot.check(undefined, { target: target.name, ...more }, testContext(driver(), owner(of)));
    for (const name of [
      "x".repeat(41),
      "a",
      "é-name",
      "a.b",
      "a b",
      "_a",
      "current",
      "CURRENT",
      "pending",
      "vzdump",
      "",
    ]) {
      assert.notDeepEqual((await check({ name })).failures, [], name);
    }
    assert.deepEqual((await check({ name: "x".repeat(40) })).failures, []);
    const context = testContext(driver(), owner("my.résumé_of-something.with-a-name-that-is-very-long-indeed"));
    const { inputs, failures } = await snapshot.check(undefined, { target: target.name }, context);
    assert.deepEqual(failures, []);
    assert.match(String((await snapshot.create(inputs, context)).outputs.name), /^[A-Za-z][\w-]{1,39}$/);
  });
});
