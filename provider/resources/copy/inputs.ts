import { SnapstateError } from "../../errors";
import type { Hypervisor } from "../../hypervisors/contract";
import type { Copies, Copy, CopyKind } from "../../hypervisors/copies";
import type { Call } from "../../waiting";
import type { Duration } from "../core/durations";
import type { Values } from "../core/lifecycle";
import type { TargetInput } from "../core/target-input";

/** Inputs of Template and Volume after check. */
export interface CopyInputs {
  connection: string;
  snapshot: string;
  name: string;
  description?: string;
  osType?: string;
  passwordEnabled?: boolean;
  attachTo?: TargetInput;
  onDestroy: "delete" | "retain";
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
  marker: string;
  owner?: string;
}

export interface CopyState {
  installation?: string;
  platformId?: string;
}

export function copyInputs(values: Values): CopyInputs {
  return values as unknown as CopyInputs;
}

export function copyState(values: Values): CopyState {
  return values as CopyState;
}

/** @throws SnapstateError `unsupported` on a platform that makes none */
export function copiesOf(hypervisor: Hypervisor, kind: CopyKind, doing: string): Copies {
  const { copies } = hypervisor;
  const support = copies?.supports(kind);
  if (copies !== undefined && support?.supported) return copies;
  const { because, instead } = lacking(hypervisor, kind) ?? { because: `makes no ${kind}s`, instead: "" };
  throw new SnapstateError({
    kind: "unsupported",
    doing,
    answered: `${hypervisor.platform} ${because}`,
    hint: instead,
  });
}

/** Why the platform makes none, or undefined when it does. */
export function lacking(hypervisor: Hypervisor, kind: CopyKind): { because: string; instead: string } | undefined {
  const support = hypervisor.copies?.supports(kind);
  if (support?.supported) return undefined;
  return (
    support ?? {
      because: `makes no ${kind}s from snapshots by its API`,
      instead: `Leave the ${kind === "template" ? "Template" : "Volume"} out, or make it on a CloudStack connection`,
    }
  );
}

/** The state of a copy: its inputs, then what the platform says of it. Two reads of an unchanged platform are equal. */
export function copyOutputs(
  kind: CopyKind,
  inputs: Values,
  { platform, installation }: { platform: string; installation: string },
  copy: Copy,
): Values {
  return {
    ...inputs,
    name: copy.name,
    ...(kind === "template" && inputs.description !== undefined ? { description: copy.description } : {}),
    platform,
    installation,
    platformId: copy.id,
    createdAt: copy.createdAt,
    state: copy.stateWord,
    ready: copy.state === "ready",
    ...(copy.sizeBytes === undefined ? {} : { sizeBytes: copy.sizeBytes }),
    ...(kind === "volume" ? { attachedTo: copy.attachedTo ?? "" } : {}),
  };
}

/** The one copy that carries the marker. @throws SnapstateError `ambiguous` when two do. */
export function markedCopy(copies: readonly Copy[], marker: string, call: Call): Copy | undefined {
  const marked = copies.filter(({ ownership }) => ownership?.marker === marker);
  const usable = marked.filter(({ state }) => state !== "failed");
  const matches = usable.length > 0 ? usable : marked.slice(0, 1);
  if (matches.length < 2) return matches[0];
  throw new SnapstateError({
    kind: "ambiguous",
    doing: call.doing,
    answered: `${matches.map(({ id, name }) => `${id} (${JSON.stringify(name)})`).join(" and ")} carry the marker ${marker}`,
    hint: "Remove the one that is not this resource's, then run again",
  });
}
