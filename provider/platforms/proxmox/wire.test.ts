import assert from "node:assert/strict";
import { testCall } from "../../../testing/contract/call";
import { Certificates } from "../../../testing/contract/certificates";
import { failure } from "../../../testing/contract/failure";
import type { SimulatedRequest } from "../../../testing/simulators/http-simulator";
import { fakepvePython, ProxmoxSimulator, RIGHTS, USER } from "../../../testing/simulators/proxmox";
import { describeDriver, KIND, vmidOf } from "../../../testing/simulators/proxmox/describe-driver";

const to =
  (end: RegExp) =>
  ({ path }: SimulatedRequest) =>
    end.test(path);
const said = (status: number, message: string) => ({
  status,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ data: null, message: `${message}\n` }),
});
const RESOURCES = to(/\/cluster\/resources$/);
const LIST = ({ method, path }: SimulatedRequest) => method === "GET" && path.endsWith("/snapshot");

describeDriver("Proxmox VE on the wire", (rule, { driver, driverOf, reopen, inspect, create, remove }) => {
  const find = (value: string, by: "any" | "name" | "id" = "any") =>
    driver().findTarget(KIND, { by, value }, testCall());

  rule("a user with a second factor is refused, with the way out", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    const ticket = { username: USER.name, ticket: "PVE:!tfa!%7B%22totp%22%3A1%7D:6A", CSRFPreventionToken: "6A:x" };
    const body = JSON.stringify({ data: { ...ticket, NeedTFA: 1 } });
    simulator.inject({ kind: "answer", reply: { status: 200, body }, match: to(/\/access\/ticket$/) });
    await reopen({ apiToken: undefined, username: USER.name, password: USER.password });
    simulator.calls.length = 0;
    const error = await failure(find(target.id), "auth");
    assert.match(error.message, /second factor.*API token/s);
    assert.equal(simulator.calls.length, 1);
  });

  rule("an authority's certificate and a pinned one are trusted, and no other", async () => {
    const files = new Certificates();
    const tls = await files.make();
    const other = await files.make();
    const secure = await ProxmoxSimulator.start(await fakepvePython(), { tls });
    try {
      await secure.add("qemu", "over-tls");
      const ask = async (settings: object) => {
        const one = driverOf({ endpoint: `${secure.url}/api2/json`, ...settings });
        try {
          return (await one.findTarget(KIND, { by: "name", value: "over-tls" }, testCall())).name;
        } finally {
          await one.close();
        }
      };
      assert.equal(await ask({ caFile: tls.file }), "over-tls");
      assert.equal(await ask({ fingerprint: tls.fingerprint }), "over-tls");
      for (const settings of [{}, { caFile: other.file }, { fingerprint: other.fingerprint }]) {
        secure.calls.length = 0;
        await assert.rejects(ask(settings), /certificate|fingerprint/);
        assert.equal(secure.calls.length, 0, "no token goes to a server that is not trusted");
      }
    } finally {
      await secure.close();
      files.remove();
    }
  });

  rule("a token with privilege separation has what both it and its user have", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    await simulator.rights(RIGHTS, []);
    try {
      assert.match((await failure(inspect(target.id), "permission")).message, /no VM\.Audit on \/vms/);
      await simulator.rights(RIGHTS, [["/vms", ["VM.Audit"]]]);
      assert.match((await failure(create(target.id), "permission")).message, /VM\.Snapshot/);
    } finally {
      await simulator.rights(RIGHTS);
    }
  });

  rule(
    "sees the guests of its nodes alone, and does not take the others for gone",
    async ({ simulator, newTarget }) => {
      const target = await newTarget();
      const vmid = await simulator.add("qemu", "elsewhere", { node: "pve2" });
      await reopen({ nodes: ["pve2"] });
      const listed = (await driver().listTargets(KIND, testCall())).map(({ path }) => path);
      assert.ok(listed.includes(`pve2/${vmid}`) && listed.every((path) => path?.startsWith("pve2/")), listed.join());
      await failure(find(target.name), "not-found");
      const error = await failure(inspect(target.id), "conflict");
      assert.match(error.message, /node pve1, which the connection's setting nodes excludes.*Add the node/s);
    },
  );

  rule("finds by pool and name; a name that a VM and a container have is ambiguous", async ({ simulator }) => {
    const inPool = await simulator.add("qemu", "pooled", { pool: "production" });
    const container = await simulator.add("lxc", "pooled", { pool: "test" });
    assert.equal((await find("production/pooled")).id, `qemu/${inPool}`);
    assert.equal((await find("test/pooled")).id, `lxc/${container}`);
    const error = await failure(find("pooled"), "ambiguous");
    assert.match(error.message, new RegExp(`${inPool} \\(VM on pve1\\) and ${container} \\(container on pve1\\)`));
    await simulator.add("lxc", "pooled", { pool: "test" });
    await failure(find("test/pooled"), "ambiguous");
  });

  rule("an empty or damaged list never means that a guest or a snapshot is gone", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    const { snapshotId } = await create(target.id);
    const ref = { targetId: target.id, snapshotId };
    const edit = () => driver().editSnapshot(KIND, ref, { text: { description: "x" } }, testCall());
    for (const change of [
      () => JSON.stringify({ data: [] }),
      () => JSON.stringify({ data: null }),
      (body: string) => body.replaceAll('"current"', '"currently"'),
    ]) {
      simulator.inject({ kind: "changed", times: 99, change, match: LIST });
      await failure(edit(), "protocol");
      simulator.faults.clear();
    }
    simulator.inject({ kind: "changed", change: (body) => body.replaceAll('"vmid"', '"id2"'), match: RESOURCES });
    await reopen();
    await failure(inspect(target.id), "protocol");
    assert.equal((await inspect(target.id)).snapshots.length, 1);
  });

  rule("a node that is down: its guests are unknown, unreachable, and not gone", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    const vmid = vmidOf(target.id);
    const change = (body: string) => {
      const { data } = JSON.parse(body) as { data: Record<string, unknown>[] };
      const rows = data.map((row) => {
        const { name, template, ...rest } = row;
        return row.vmid === vmid ? { ...rest, status: "unknown" } : row;
      });
      return JSON.stringify({ data: rows });
    };
    simulator.inject({ kind: "changed", times: 99, change, match: RESOURCES });
    await reopen();
    assert.equal((await find(String(vmid))).name, String(vmid));
    simulator.inject({ kind: "answer", times: 99, reply: { status: 595, body: "" }, match: to(/\/nodes\//) });
    await failure(inspect(target.id), "unreachable");
    assert.match((await failure(create(target.id), "unreachable")).message, /node does not answer/);
  });

  rule(
    "what replication, quorum, a full storage and a lock say is what the error says",
    async ({ simulator, newTarget }) => {
      const target = await newTarget();
      const { snapshotId } = await create(target.id);
      simulator.failNext = "snapshot 'before' needed by replication job '100-0' - run replication first";
      assert.match((await failure(remove(target.id, snapshotId), "conflict")).message, /pvesr schedule-now/);
      simulator.failNext = "Failed to obtain guest migration lock - replication running?";
      await failure(remove(target.id, snapshotId), "busy");
      simulator.failNext = "zfs error: cannot create snapshot 'zp/vm@b': out of space";
      await failure(create(target.id, { name: "full" }), "quota");
      const POST = ({ method }: SimulatedRequest) => method === "POST";
      simulator.inject({ kind: "answer", reply: said(500, "cluster not ready - no quorum?"), match: POST });
      assert.match((await failure(create(target.id, { name: "split" }), "busy")).message, /no quorum/);
      simulator.inject({
        kind: "answer",
        reply: said(500, "unable to open file '/etc/pve/nodes/pve1/qemu-server/101.conf.tmp.9' - Permission denied"),
        match: POST,
      });
      assert.match((await failure(create(target.id, { name: "readonly" }), "conflict")).message, /quorum/);
      assert.deepEqual(
        (await inspect(target.id)).snapshots.map(({ name }) => name),
        ["before"],
      );
    },
  );

  rule("says that HA manages the guest, and what a revert means then", async ({ simulator, newTarget }) => {
    const target = await newTarget();
    const vmid = vmidOf(target.id);
    const change = (body: string) => {
      const { data } = JSON.parse(body) as { data: { vmid: number }[] };
      return JSON.stringify({ data: data.map((row) => (row.vmid === vmid ? { ...row, hastate: "started" } : row)) });
    };
    simulator.inject({ kind: "changed", times: 99, change, match: RESOURCES });
    await reopen();
    assert.match((await inspect(target.id)).advice?.join() ?? "", /managed by HA \(started\)/);
  });

  rule("names a raw vTPM and a bind mount", async ({ simulator }) => {
    for (const [type, config, said] of [
      [
        "qemu",
        { scsi0: "ceph:vm-1-disk-0", tpmstate0: "local:1/vm-1-disk-1.raw,size=4M,version=v2.0" },
        /tpmstate0 is a raw file of the vTPM/,
      ],
      ["lxc", { rootfs: "ceph:vm-1-disk-0", mp0: "/srv/data,mp=/data" }, /mp0 is a bind mount of the node/],
    ] as const) {
      const id = `${type}/${await simulator.add(type, "x", { config })}`;
      const no = (body: string) => body.replace('"hasFeature":1', '"hasFeature":0');
      simulator.inject({ kind: "changed", change: no, match: to(/\/feature$/) });
      assert.match((await inspect(id)).blockers.map(({ message }) => message).join(), said);
    }
  });
});
