import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Target, TargetSelector } from "../contract-types";
import { ambiguousTarget, noSuchTarget } from "../shared/refusals";
import type { Instance, Volume } from "./environment";

/** Remedy when a target is not found. */
const CHECK = "Check the name, and the connection's service and environment";

/** The name of a root volume in a path: `web/ROOT`. */
const ROOT = "ROOT";

/** `instance/volume`, or the volume's name alone when it is attached to nothing. */
export function volumeTarget(volume: Volume): Target {
  const { id, name, instanceName } = volume;
  return { id, name, path: instanceName === undefined ? name : `${instanceName}/${name}` };
}

export function instanceTarget({ id, name }: Instance): Target {
  return { id, name, path: name };
}

/**
 * Finds a volume by id, by `instance/volume` or `instance/ROOT`, by its name, or by the name of an instance with one
 * volume.
 * @throws SnapstateError `not-found`, or `ambiguous` with all matches
 */
export function findVolume(volumes: Volume[], { by, value }: TargetSelector, call: OperationContext): Target {
  const ways: [TargetSelector["by"], (volume: Volume) => boolean][] = [
    ["id", ({ id }) => id === value],
    ["path", (volume) => isAt(volume, value)],
    ["name", ({ name }) => name === value],
  ];
  if (by !== "any") refuseUuid(by, call);
  for (const [way, fits] of ways) {
    if (by !== "any" && by !== way) continue;
    const found = only(volumes.filter(fits).map(volumeTarget), value, call);
    if (found) return found;
  }
  const ofInstance = volumes.filter(({ instanceName }) => instanceName === value);
  const found = by === "any" ? only(ofInstance.map(volumeTarget), value, call) : undefined;
  if (found) return found;
  throw noSuchTarget(`no volume ${JSON.stringify(value)} in the environment`, CHECK, call);
}

/** @throws SnapstateError `not-found`, or `ambiguous` with all matches */
export function findInstance(instances: Instance[], { by, value }: TargetSelector, call: OperationContext): Target {
  if (by !== "any") refuseUuid(by, call);
  const byId = by === "name" || by === "path" ? [] : instances.filter(({ id }) => id === value);
  const byName = by === "id" ? [] : instances.filter(({ name }) => name === value);
  const found = only((byId.length > 0 ? byId : byName).map(instanceTarget), value, call);
  if (found) return found;
  throw noSuchTarget(`no instance ${JSON.stringify(value)} in the environment`, CHECK, call);
}

function isAt(volume: Volume, path: string): boolean {
  if (volume.instanceName === undefined) return false;
  return (
    path === `${volume.instanceName}/${volume.name}` || (volume.isRoot && path === `${volume.instanceName}/${ROOT}`)
  );
}

function refuseUuid(by: TargetSelector["by"], call: OperationContext): void {
  if (by !== "instance-uuid" && by !== "bios-uuid") return;
  throw new SnapstateError({
    kind: "unsupported",
    operation: call.operation,
    detail: `CloudMC has no ${by}`,
    hint: "Use the id, or a name such as web/ROOT",
  });
}

function only(targets: Target[], value: string, call: OperationContext): Target | undefined {
  if (targets.length < 2) return targets[0];
  const each = targets.map(({ id, path }) => `${path} (${id})`);
  const what = `${each.length} are called ${JSON.stringify(value)}`;
  throw ambiguousTarget(what, each, "Select it by its id, or as instance/volume", call);
}
