import type { Hypervisor } from "../../provider/hypervisors/contract";
import { type Context, ProcessMemory } from "../../provider/resources";
import { cancelSource, type Progress } from "../../provider/waiting";
import { TestClock } from "../support/test-clock";
import { MemoryHypervisor } from "./memory-hypervisor";

/** A lifecycle context for tests, with what was reported. */
export interface TestContext extends Context {
  reports: Progress[];
  abort: AbortController;
}

/** A new one is what a new provider process has. The connection `another` reaches another installation, which is empty. */
export function testContext(
  hypervisor: Hypervisor,
  owner = "urn:pulumi:dev::app::snapstate:Snapshot::one",
): TestContext {
  const reports: Progress[] = [];
  const abort = cancelSource();
  const elsewhere = new MemoryHypervisor();
  elsewhere.installationId = "memory-2";
  return {
    hypervisor: (connection) => (connection === "another" ? elsewhere : hypervisor),
    signal: abort.signal,
    // Its tasks take no time of their own, so nobody has to wait for a pause between two looks at it.
    ...(hypervisor instanceof MemoryHypervisor ? { clock: new TestClock() } : {}),
    report: (progress) => reports.push(progress),
    memory: new ProcessMemory(),
    owner,
    reports,
    abort,
  };
}
