import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Feature, RevertForecast, Support } from "../contract";
import type { PowerState, Snapshot } from "../contract-types";
import { encodeMarkedName, MARKER_ROOM, markerOnly, type SnapshotText } from "../ownership";
import type { TextLimits } from "../text-limits";

const KEEP_DISKS: Support = {
  supported: false,
  reason: "removes a snapshot inside its disk and leaves no redundant disks",
  remedy: "Leave consolidate at true",
};

export function support(feature: Feature): Support {
  return feature === "keep-disks" ? KEEP_DISKS : { supported: true };
}

/** Snapshots without memory are reverted by qemu-img, with memory by QEMU: each needs another power state. */
export function forecastRevert(power: PowerState, snapshot: Snapshot): RevertForecast {
  const memory = snapshot.consistency === "memory";
  const powerAfter = memory ? "on" : "off";
  if (snapshot.revertable === false) {
    const reason = `QEMU cannot revert every disk to ${JSON.stringify(snapshot.name)}: ${snapshot.caveats?.join("; ") ?? "a disk lacks it"}`;
    const remedy =
      "Detach a disk that was attached later; merge overlays above it by a ConsolidationTask, or start the VM from the image that has it";
    return { refusal: { reason, remedy }, powerAfter, consumesSnapshot: false };
  }
  const fits = memory ? power !== "off" : power === "off";
  if (fits) return { powerAfter, consumesSnapshot: false };
  const reason = memory
    ? "a snapshot with memory can only be loaded into a running VM"
    : "a revert to a snapshot without memory needs a powered-off VM";
  return {
    refusal: { reason, remedy: memory ? "Start the VM" : "Power the VM off" },
    powerAfter,
    consumesSnapshot: false,
  };
}

export function refused({ refusal }: RevertForecast, call: OperationContext): SnapstateError | undefined {
  if (refusal === undefined) return undefined;
  return new SnapstateError({
    kind: "conflict",
    operation: call.operation,
    detail: refusal.reason,
    hint: refusal.remedy,
  });
}

/** Maximum bytes of a name inside a qcow2 image: QEMU truncates longer names silently. */
export const LONGEST_TAG = 255;

/** A name is stored with its marker in the image. */
export const TEXT_LIMITS: TextLimits = {
  name: {
    max: LONGEST_TAG - MARKER_ROOM,
    unit: "bytes",
    // biome-ignore lint/suspicious/noControlCharactersInRegex: matches what is refused
    character: /[^\x00-\x1f\x7f]/,
    rule: "a single line without control characters",
  },
};

/** The name inside the images. @throws SnapstateError `bad-input` for a name that they cannot store */
export function tagOf(spec: SnapshotText & { name: string }, call: OperationContext): string {
  const tag = encodeMarkedName(spec.name, markerOnly(spec), Number.POSITIVE_INFINITY, call.operation);
  checkTag(tag, call);
  return tag;
}

/** @throws SnapstateError `bad-input` for a name that an image cannot store */
export function checkTag(tag: string, call: OperationContext): void {
  const bytes = Buffer.byteLength(tag);
  const bad = (detail: string, hint: string) =>
    new SnapstateError({ kind: "bad-input", operation: call.operation, detail, hint });
  if (bytes > LONGEST_TAG) {
    throw bad(`the name has ${bytes} bytes with its marker; an image can store ${LONGEST_TAG}`, "Use a shorter name");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matches what is refused
  if (tag === "" || /[\x00-\x1f\x7f]/.test(tag)) {
    throw bad("the name is empty or has control characters", "Use another name");
  }
}
