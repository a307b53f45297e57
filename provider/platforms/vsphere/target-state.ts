import type { InspectOptions } from "../contract";
import type { Blocker, TargetState } from "../contract-types";
import { text, type XmlValue } from "./client/xml";
import { powerState, snapshots } from "./mapping";
import { unescapeName } from "./names";
import { quiesceReady } from "./readiness";
import type { VmRead } from "./vm-memory";

/** Converts a VM to the contract's types. */
export function targetState(targetId: string, read: VmRead, how: InspectOptions = {}): TargetState {
  const { vm, path, runningTasks, endedReverts } = read;
  const property = (name: string): XmlValue => vm.properties[name];
  const power = powerState(property("runtime.powerState"));
  const layout = { snapshots: property("layoutEx.snapshot"), files: property("layoutEx.file") };
  const all = snapshots(property("snapshot"), layout);
  return {
    target: {
      id: targetId,
      name: unescapeName(text(property("name")) ?? targetId),
      ...(path === undefined ? {} : { path }),
    },
    powerState: power,
    snapshots: all,
    consolidationNeeded: text(property("runtime.consolidationNeeded")) === "true",
    ...(read.unexplained.length > 0 ? { unexplainedDisks: read.unexplained } : {}),
    blockers: [...ofTemplate(property("config.template")), ...(how.readiness ? (read.blockers ?? []) : [])],
    ...(how.readiness ? { quiesceReady: quiesceReady(power, text(property("guest.toolsRunningStatus"))) } : {}),
    ...(how.readiness ? { advice: read.uncovered.map(notCovered) } : {}),
    runningTasks,
    resizeBlocked: all.length > 0,
    endedReverts,
  };
}

function notCovered(disk: string): string {
  return `${disk} is an independent disk: no snapshot covers it, and a revert does not change it`;
}

/** A revert is refused for the same reason. */
export const TEMPLATE = "template";

function ofTemplate(value: XmlValue): Blocker[] {
  if (text(value) !== "true") return [];
  const message = "it is a template, which vSphere cannot snapshot. Convert it to a VM first";
  return [{ code: TEMPLATE, blocks: "all", message }];
}
