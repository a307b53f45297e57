import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceleration } from "./acceleration";

const intel = "processor : 0\nflags\t\t: fpu vme vmx ssse3\n";
const plain = "processor : 0\nflags\t\t: fpu vme svm_lock ssse3\nmodel name : vmx\n";

describe("how QEMU runs instructions", () => {
  it("takes KVM where the processor has virtualization and the device opens, and nowhere else", () => {
    assert.equal(acceleration({ cpuinfo: intel, kvmOpens: true }), "kvm");
    assert.equal(acceleration({ cpuinfo: intel.replace("vmx", "svm"), kvmOpens: true }), "kvm");
    assert.equal(acceleration({ cpuinfo: intel, kvmOpens: false }), "tcg");
    assert.equal(acceleration({ cpuinfo: plain, kvmOpens: true }), "tcg");
    assert.equal(acceleration({ cpuinfo: "", kvmOpens: true }), "tcg");
  });

  it("takes TCG in CI, and what QEMU_ACCEL says everywhere", () => {
    assert.equal(acceleration({ cpuinfo: intel, kvmOpens: true, ci: "true" }), "tcg");
    assert.equal(acceleration({ cpuinfo: intel, kvmOpens: true, ci: "true", asked: "kvm" }), "kvm");
    assert.equal(acceleration({ cpuinfo: plain, kvmOpens: false, asked: "kvm" }), "kvm");
    assert.equal(acceleration({ cpuinfo: intel, kvmOpens: true, asked: "tcg" }), "tcg");
    assert.throws(() => acceleration({ cpuinfo: intel, kvmOpens: true, asked: "hvf" }), /QEMU_ACCEL is "hvf"/);
  });
});
