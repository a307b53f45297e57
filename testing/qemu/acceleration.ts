import { accessSync, constants, readFileSync } from "node:fs";

export type Acceleration = "kvm" | "tcg";

/** What the choice depends on. */
export interface AccelerationFacts {
  /** The environment's QEMU_ACCEL. */
  asked?: string | undefined;
  /** Set in CI, where every machine has to do the same. */
  ci?: string | undefined;
  /** The text of /proc/cpuinfo. */
  cpuinfo: string;
  /** This process may open /dev/kvm. */
  kvmOpens: boolean;
}

/**
 * How QEMU runs the guest's instructions: QEMU_ACCEL, or KVM where it helps, or QEMU's own translator.
 * A /dev/kvm that opens is not enough: inside some VMs it opens, and every instruction is emulated, slowly and in part. So
 * the processor must show its virtualization as well.
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
