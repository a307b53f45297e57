import { cancelSource, type Progress } from "../../provider/core/operation";
import type { Driver } from "../../provider/platforms/contract";
import { type Context, ProcessMemory } from "../../provider/resources";
import { quickClock } from "../support/quick-clock";
import { TestClock } from "../support/test-clock";
import { MemoryDriver } from "./memory-driver";

/** A lifecycle context for tests, with the recorded reports. */
export interface TestContext extends Context {
  reports: Progress[];
  abort: AbortController;
}

/**
 * A new context represents a new provider process. The connection `another` reaches another installation, which is
 * empty.
 */
export function testContext(driver: Driver, identity = "urn:pulumi:dev::app::snapstate:Snapshot::one"): TestContext {
  const reports: Progress[] = [];
  const abort = cancelSource();
  const elsewhere = new MemoryDriver();
  elsewhere.installationId = "memory-2";
  return {
    driver: (connection) => (connection === "another" ? elsewhere : driver),
    signal: abort.signal,
    // Tasks in memory take no time, so there is no pause between polls.
    clock: driver instanceof MemoryDriver ? new TestClock() : quickClock,
    report: (progress) => reports.push(progress),
    memory: new ProcessMemory(),
    identity,
    reports,
    abort,
  };
}
