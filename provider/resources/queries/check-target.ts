import type { Context } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import type { Finding } from "../core/preflight";
import { describeTarget, selectorOf } from "../core/target-input";
import { guardCreate } from "../point/guards";
import type { QueryArgs } from "./get-snapshots";
import { unexplained, unusable } from "./report-findings";

export interface ReadinessFinding extends Pick<Finding, "severity" | "message"> {
  /** The kind of snapshot that it concerns; absent on what concerns every one. */
  about?: "memory" | "quiesce";
}

/** Whether a VM is ready for a snapshot, and what blocks it. */
export interface TargetReadiness {
  targetId: string;
  targetName: string;
  powerState: string;
  /** A crash-consistent snapshot can be taken now. */
  ready: boolean;
  /** A snapshot with memory can be taken now. */
  memoryReady: boolean;
  /** A quiesced snapshot can be taken now; absent where the API cannot know. */
  quiesceReady?: boolean;
  chainDepth: number;
  consolidationNeeded: boolean;
  /** The platform refuses to resize the VM's disks while snapshots exist. */
  resizeBlocked: boolean;
  findings: ReadinessFinding[];
  /** What to look at by hand, since the platform's API cannot tell it, or nobody could verify how it does. */
  advice: string[];
}

/** Looks at a VM the way a create would, and changes nothing. */
export async function checkTarget(args: QueryArgs, context: Context): Promise<TargetReadiness> {
  const kind = args.kind ?? "snapshot";
  const hypervisor = context.hypervisor(args.connection);
  const call = beginCall("read", undefined, `check ${describeTarget(args.target)}`, context);
  const target = await hypervisor.findTarget(kind, selectorOf(args.target), call);
  const state = await hypervisor.inspect(kind, target.id, call, { readiness: true });
  const inputs = { memory: false, quiesce: "off" } as const;
  const findings: (Finding & Pick<ReadinessFinding, "about">)[] = guardCreate(
    inputs,
    state,
    hypervisor.maxPoints(kind),
  );
  const withMemory = guardCreate({ ...inputs, memory: true }, state, hypervisor.maxPoints(kind));
  if (state.resizeBlocked)
    findings.push({ severity: "warning", message: "its disks cannot be resized while it has snapshots" });
  if (state.consolidationNeeded) findings.push({ severity: "warning", message: "it needs a disk consolidation" });
  for (const { name, id, failed, caveats = [] } of state.points) {
    const own = failed === undefined ? caveats : [unusable(failed), ...caveats];
    for (const message of own)
      findings.push({ severity: "warning", message: `snapshot ${JSON.stringify(name)} (${id}): ${message}` });
  }
  if (state.unexplainedDisks) findings.push({ severity: "warning", message: unexplained(state.unexplainedDisks) });
  if (state.quiesceReady?.ready === false) {
    findings.push({
      severity: "warning",
      message: `it cannot be quiesced now: ${state.quiesceReady.reason ?? "the guest is not ready"}`,
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
    memoryReady: hypervisor.supports(kind, "memory").supported && state.powerState !== "off" && !refused(withMemory),
    ...(state.quiesceReady === undefined ? {} : { quiesceReady: state.quiesceReady.ready }),
    chainDepth: state.points.find((point) => point.isCurrent)?.depth ?? 0,
    consolidationNeeded: state.consolidationNeeded ?? false,
    resizeBlocked: state.resizeBlocked,
    findings: findings.map(({ severity, message, about }) => ({ severity, message, ...(about && { about }) })),
    advice: state.advice ?? [],
  };
}
