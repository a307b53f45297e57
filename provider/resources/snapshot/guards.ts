import type { TargetState } from "../../platforms/contract";
import { type Finding, refusal, warning } from "../shared/preflight";
import { defaultLimits } from "./fields";
import type { SnapshotInputs } from "./inputs";

/** Findings about taking this snapshot on this target, before anything is changed. */
export function guardCreate(
  inputs: Pick<SnapshotInputs, "memory" | "quiesce" | "limits">,
  state: TargetState,
  maxSnapshots?: number,
): Finding[] {
  const findings: Finding[] = [];
  const { warnChainDepth, maxChainDepth } = { ...defaultLimits, ...inputs.limits };
  const depth = (state.snapshots.find((snapshot) => snapshot.isCurrent)?.depth ?? 0) + 1;
  if (depth > maxChainDepth) {
    findings.push(
      refusal(
        `its ${depth}-snapshot chain would exceed the limit of ${maxChainDepth} (limits.maxChainDepth). Remove some first`,
        "limits.maxChainDepth",
      ),
    );
  } else if (depth > warnChainDepth) {
    findings.push(warning(`it will have a ${depth}-snapshot chain; more than ${warnChainDepth} slow down the VM`));
  }
  if (maxSnapshots !== undefined && state.snapshots.length >= maxSnapshots) {
    findings.push(
      refusal(`it already has ${state.snapshots.length} of at most ${maxSnapshots} snapshots. Remove one first`),
    );
  }
  for (const blocker of state.blockers) {
    if (blocker.blocks === (inputs.memory ? "disks" : "memory")) continue;
    const property = blocker.blocks === "all" ? undefined : "memory";
    findings.push(blocker.uncertain ? warning(blocker.message) : refusal(blocker.message, property));
  }
  // With memory, quiescing is unnecessary.
  if (inputs.quiesce !== "off" && !inputs.memory && state.quiesceReady?.ready === false) {
    const message = `cannot be quiesced now: ${state.quiesceReady.reason ?? "the guest is not ready"}`;
    findings.push(
      inputs.quiesce === "require" ? refusal(message, "quiesce") : warning(`${message}; it will be crash-consistent`),
    );
  }
  if (inputs.memory && state.powerState === "off") {
    findings.push(refusal("it is powered off, so there is no memory to include", "memory"));
  }
  return findings;
}
