import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Seen } from "./resources";
import { chainDepth, defaults, hasExpiry, holdHasReason, maxAge, memorySize } from "./rules";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const hoursAgo = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

function seen(type: string, props: Record<string, unknown>, name = "one"): Seen {
  return { type, name, urn: `urn:pulumi:dev::app::${type}::${name}`, props };
}

const dynamic = (kind: string, props: Record<string, unknown>) =>
  seen(`pulumi-nodejs:dynamic/snapstate:${kind}`, props);
const plugin = (kind: string, props: Record<string, unknown>) => seen(`snapstate:index:${kind}`, props);

/** As @pulumi/policy gives a property that a preview does not know. */
function unknown(...names: string[]): Record<string, unknown> {
  const props = {};
  for (const name of names) {
    const get = () => {
      throw new Error("unknown value");
    };
    Object.defineProperty(props, name, { get, enumerable: true });
  }
  return props;
}

describe("max age", () => {
  const verdict = (resource: Seen, hours = 72) => maxAge(resource, { maxAgeHours: hours }, NOW);

  it("is measured from the time on the platform, whichever adapter declared it", () => {
    for (const kind of ["Snapshot", "RecoveryPoint"]) {
      assert.equal(verdict(dynamic(kind, { createdAt: hoursAgo(71) })), undefined);
      assert.match(verdict(dynamic(kind, { createdAt: hoursAgo(73) })) ?? "", /73 hours ago.*at most 72/);
      assert.match(verdict(plugin(kind, { createdAt: hoursAgo(73) })) ?? "", /73 hours/);
    }
    assert.match(verdict(dynamic("Snapshot", { createdAt: hoursAgo(2) }), 1) ?? "", /at most 1 hours/);
  });

  it("says nothing of what is on hold, not taken yet, or not a snapshot", () => {
    assert.equal(verdict(dynamic("Snapshot", { createdAt: hoursAgo(99), hold: true })), undefined);
    assert.equal(verdict(dynamic("Snapshot", unknown("createdAt"))), undefined);
    assert.equal(verdict(dynamic("Snapshot", {})), undefined);
    assert.equal(verdict(seen("aws:ebs/snapshot:Snapshot", { createdAt: hoursAgo(99) })), undefined);
  });
});

describe("chain depth", () => {
  it("is at most what is allowed", () => {
    assert.equal(chainDepth(dynamic("Snapshot", { depth: 3 }), defaults), undefined);
    assert.match(chainDepth(dynamic("Snapshot", { depth: 4 }), defaults) ?? "", /number 4 .* at most 3/);
    assert.equal(chainDepth(dynamic("Snapshot", unknown("depth")), defaults), undefined);
  });
});

describe("expiry", () => {
  it("must be there, known or not", () => {
    assert.match(hasExpiry(dynamic("Snapshot", {})) ?? "", /no expiry/);
    for (const props of [{ ttl: "72h" }, { expiresAt: hoursAgo(-1) }, { hold: true }, unknown("ttl")]) {
      assert.equal(hasExpiry(dynamic("RecoveryPoint", props)), undefined);
    }
  });

  it("of a series is its retention", () => {
    assert.match(hasExpiry(dynamic("SnapshotPolicy", { keepMin: 3 })) ?? "", /prunes nothing/);
    assert.equal(hasExpiry(dynamic("SnapshotPolicy", { keepDaily: 7 })), undefined);
    assert.equal(hasExpiry(dynamic("Restore", {})), undefined);
  });
});

describe("a hold", () => {
  it("needs a reason", () => {
    assert.match(holdHasReason(dynamic("Snapshot", { hold: true }), defaults) ?? "", /without a reason/);
    assert.match(
      holdHasReason(dynamic("Snapshot", { hold: true, description: "hold:" }), defaults) ?? "",
      /without a reason/,
    );
    const reason = { hold: true, description: "before release 42\nHold: audit until May" };
    assert.equal(holdHasReason(dynamic("SnapshotPolicy", reason), defaults), undefined);
    assert.equal(holdHasReason(dynamic("Snapshot", { hold: false }), defaults), undefined);
    const own = { holdReason: "ticket \\d+" };
    assert.equal(holdHasReason(dynamic("Snapshot", { hold: true, description: "Ticket 12" }), own), undefined);
  });
});

describe("memory", () => {
  const vm = seen(
    "vsphere:index/virtualMachine:VirtualMachine",
    { memory: 32 * 1024, name: "big", moid: "vm-9" },
    "db",
  );
  const small = seen("vsphere:index/virtualMachine:VirtualMachine", { memory: 1024, name: "small", moid: "vm-1" });
  const verdict = (resource: Seen) => memorySize(resource, defaults, [small, vm, resource]);

  it("of a large VM of the same stack is not included, however the VM is named", () => {
    for (const target of ["/DC0/vm/big", "big", { id: "vm-9" }]) {
      assert.match(verdict(dynamic("Snapshot", { target, memory: true })) ?? "", /VM db, which is 32 GiB/);
      assert.equal(verdict(dynamic("Snapshot", { target, memory: false })), undefined);
    }
    assert.match(verdict(plugin("RecoveryPoint", { target: "big", consistency: "memory" })) ?? "", /32 GiB/);
    const series = { targets: ["small", { name: "big" }], consistency: "memory" };
    assert.match(verdict(dynamic("SnapshotPolicy", series)) ?? "", /32 GiB/);
    assert.equal(verdict(dynamic("Snapshot", { target: "small", memory: true })), undefined);
  });

  it("is known from the snapshot's size where the VM is not of the stack", () => {
    const taken = { target: "elsewhere", memory: true, sizeBytes: 20 * 2 ** 30 };
    assert.match(verdict(dynamic("Snapshot", taken)) ?? "", /has 20 GiB/);
    assert.equal(verdict(dynamic("Snapshot", { target: "elsewhere", memory: true })), undefined);
    assert.equal(
      verdict(dynamic("Snapshot", Object.assign(unknown("target", "sizeBytes"), { memory: true }))),
      undefined,
    );
  });
});
