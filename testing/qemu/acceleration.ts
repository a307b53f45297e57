import { accessSync, constants, readFileSync } from "node:fs";

export type Acceleration = "kvm" | "tcg";

/** Inputs of the decision. */
export interface AccelerationFacts {
  /** The environment variable QEMU_ACCEL. */
  asked?: string | undefined;
  /** Set in CI, where all machines must behave alike. */
  ci?: string | undefined;
  /** The content of /proc/cpuinfo. */
  cpuinfo: string;
  /** Whether this process can open /dev/kvm. */
  kvmOpens: boolean;
}

/**
 * How QEMU executes the guest: QEMU_ACCEL, or KVM where it helps, or QEMU's translator (TCG). A /dev/kvm that opens is
 * not enough: in some VMs every instruction is then emulated, slowly and incompletely. So the processor must also
 * report virtualization.
 */
export function acceleration(facts: AccelerationFacts = factsHere()): Acceleration {
  const { asked, ci, cpuinfo, kvmOpens } = facts;
  if (asked === "kvm" || asked === "tcg") return asked;
  if (asked) throw new Error(`QEMU_ACCEL is "${asked}"; it may be kvm or tcg`);
  if (ci) return "tcg";
  return kvmOpens && /^flags\s*:.*\b(vmx|svm)\b/m.test(cpuinfo) ? "kvm" : "tcg";
}

function factsHere(): AccelerationFacts {
  const { QEMU_ACCEL: asked, CI: ci } = process.env;
  return { asked, ci, cpuinfo: tried(() => readFileSync("/proc/cpuinfo", "utf8")) ?? "", kvmOpens: opens("/dev/kvm") };
}

function opens(device: string): boolean {
  return tried(() => accessSync(device, constants.R_OK | constants.W_OK) ?? true) ?? false;
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
