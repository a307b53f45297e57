import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testCall } from "../../../../testing/contract/call";
import type { HttpReply } from "../../shared/http";
import { classifyError, failureOf } from "./failure";

const reply = (status: number, text: string, more: Partial<HttpReply> = {}): HttpReply => ({
  ...{ status, statusText: "", text, headers: {}, retryAfter: undefined, cookies: [] },
  ...more,
});
const said = (message: string) => JSON.stringify({ data: null, message: `${message}\n` });

describe("what a refusal of Proxmox VE means", () => {
  for (const [status, text, kind] of [
    [401, "", "auth"],
    [403, said("Permission check failed (/vms/101, VM.Audit)"), "permission"],
    [429, "", "throttled"],
    [500, said("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout"), "busy"],
    [500, said("CT is locked (snapshot)"), "busy"],
    [500, said("cluster not ready - no quorum?"), "busy"],
    [500, said("Cannot live-migrate, snapshot (with RAM), or hibernate a VM with: virtiofs"), "unsupported"],
    [500, said("Configuration file 'nodes/pve2/qemu-server/100.conf' does not exist"), "conflict"],
    [500, said("unable to use snapshot name 'current' (reserved name)"), "conflict"],
    // It is unknown whether a gateway in front of Proxmox VE has passed the request on.
    [500, "<html>", "lost-reply"],
    [502, "<html>", "lost-reply"],
    [595, "", "unreachable"],
    [596, "", "lost-reply"],
    [599, "", "lost-reply"],
    [302, "", "protocol"],
  ] as const) {
    it(`${status} ${text.slice(0, 70)}: ${kind}`, () => {
      assert.equal(failureOf(reply(status, text), testCall()).kind, kind);
    });
  }

  it("is in the status line before 8.3, and in the fields of a bad parameter", () => {
    const old = { statusText: "VM is locked (backup)", headers: { server: "pve-api-daemon/3.0" } };
    assert.equal(failureOf(reply(500, "", old), testCall()).kind, "busy");
    const errors = { snapname: "invalid format - invalid configuration ID 'a.b'\n" };
    const body = JSON.stringify({ data: null, message: "Parameter verification failed.\n", errors });
    const { kind, detail } = failureOf(reply(400, body), testCall());
    assert.equal(kind, "bad-input");
    assert.equal(detail, "Parameter verification failed. snapname: invalid format - invalid configuration ID 'a.b'");
    const nested = JSON.stringify({ message: "Parameter verification failed.", errors: { node: { deep: 1 } } });
    assert.equal(failureOf(reply(400, nested), testCall()).detail, "Parameter verification failed. node");
  });

  for (const [why, kind] of [
    ["VM is locked (snapshot-delete)", "busy"],
    ["VM is locked (suspended)", "conflict"],
    ["Failed to obtain guest migration lock - replication running?", "busy"],
    ["snapshot feature is not available", "unsupported"],
    ["you can't take a snapshot if it's a template", "unsupported"],
    ["snapshot name 'x' already used", "conflict"],
    ["snapshot 'x' needed by replication job '100-0' - run replication first", "conflict"],
    ["can't rollback, 'x' is not most recent snapshot on 'zp:vm-100-disk-0'", "conflict"],
    ["unable to open file '/etc/pve/nodes/pve1/qemu-server/100.conf.tmp.9' - Permission denied", "conflict"],
    ["zfs error: cannot create snapshot: out of space", "quota"],
    ["command 'rbd snap' failed: exit code 5", undefined],
  ] as const) {
    it(`the end of a task, ${why}: ${kind ?? "nothing that is known"}`, () => {
      assert.equal(classifyError(why)?.kind, kind);
    });
  }
});
