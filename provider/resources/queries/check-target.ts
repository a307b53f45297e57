import { describeTarget, selectorOf } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import type { Context } from "../shared/lifecycle";
import type { Finding } from "../shared/preflight";
import { guardCreate } from "../snapshot/guards";
import type { QueryArgs } from "./get-snapshots";
import { unexplained, unusable } from "./report-findings";
import type { ReadinessFinding, TargetReadiness } from "./results";

export type { ReadinessFinding, TargetReadiness } from "./results";

/** Checks a VM as a create would, and changes nothing. */
export async function checkTarget(args: QueryArgs, context: Context): Promise<TargetReadiness> {
  const kind = args.kind ?? "snapshot";
  const driver = context.driver(args.connection);
  const call = beginOperation("read", undefined, `check ${describeTarget(args.target)}`, context);
  const target = await driver.findTarget(kind, selectorOf(args.target), call);
  const state = await driver.inspect(kind, target.id, call, { readiness: true, advisory: true });
  const inputs = { memory: false, quiesce: "off" } as const;
  const findings: (Finding & Pick<ReadinessFinding, "about">)[] = guardCreate(
    inputs,
    state,
    driver.maxSnapshots?.(kind),
  );
  const withMemory = guardCreate({ ...inputs, memory: true }, state, driver.maxSnapshots?.(kind));
  if (state.resizeBlocked)
    findings.push({ severity: "warning", message: "its disks cannot be resized while it has snapshots" });
  if (state.consolidationNeeded) findings.push({ severity: "warning", message: "it needs a disk consolidation" });
  for (const { name, id, failed, caveats = [] } of state.snapshots) {
    const own = failed === undefined ? caveats : [unusable(failed), ...caveats];
    for (const message of own)
      findings.push({ severity: "warning", message: `snapshot ${JSON.stringify(name)} (${id}): ${message}` });
  }
  if (state.unexplainedDisks) findings.push({ severity: "warning", message: unexplained(state.unexplainedDisks) });
  if (state.quiesceReady?.ready === false) {
    findings.push({
      severity: "warning",
      message: `no quiesced snapshot: ${state.quiesceReady.reason ?? "the guest is not ready"}`,
      about: "quiesce",
    });
  }
  for (const { severity, message, property } of withMemory) {
    const only = property === "memory" && severity === "refusal" && !findings.some((one) => one.message === message);
    if (only) findings.push({ severity: "warning", message: `no snapshot with memory: ${message}`, about: "memory" });
  }
  const refused = (list: Finding[]) => list.some((finding) => finding.severity === "refusal");
  return {
    targetId: target.id,
    targetName: state.target.name,
    powerState: state.powerState,
    ready: !refused(findings),
    memoryReady: driver.supports(kind, "memory").supported && state.powerState !== "off" && !refused(withMemory),
    ...(state.quiesceReady === undefined ? {} : { quiesceReady: state.quiesceReady.ready }),
    chainDepth: state.snapshots.find((snapshot) => snapshot.isCurrent)?.depth ?? 0,
    consolidationNeeded: state.consolidationNeeded ?? false,
    resizeBlocked: state.resizeBlocked,
    findings: findings.map(({ severity, message, about }) => ({ severity, message, ...(about && { about }) })),
    advice: state.advice ?? [],
  };
}
