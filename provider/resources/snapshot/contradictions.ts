import type { Driver, Feature, SnapshotKind } from "../../platforms/contract";
import { diffFields } from "../../schema/fields";
import { unfitTexts, unmatchable, unsupported } from "../shared/check-parts";
import { type CheckFailure, type Context, timeOf, type Values } from "../shared/lifecycle";
import { type Finding, refusalsOf, warning } from "../shared/preflight";
import { fieldsOf } from "./fields";
import { parseSnapshotInputs, type SnapshotInputs } from "./inputs";

/** Inputs that exclude each other. */
export function contradictions(
  kind: SnapshotKind,
  inputs: Values,
  before: Values | undefined,
  context: Context,
): CheckFailure[] {
  return [...crossFailures(inputs, kind), ...checkExpiryInFuture(inputs, before, context)];
}

/** Features that the platform lacks. Makes no request. */
export function limitsOf(kind: SnapshotKind, inputs: Values, before: Values | undefined, driver: Driver): Finding[] {
  const snapshot = parseSnapshotInputs(kind, inputs);
  const failures = [
    ...beyondPlatform(kind, snapshot, driver, editsOf(kind, before, inputs)),
    ...unmatchable(driver, kind, inputs.target, before?.target),
    ...unfitTexts(driver.platform, driver.textLimits?.(kind), inputs, before),
  ];
  const findings = refusalsOf(failures);
  if (snapshot.memory && snapshot.quiesce === "prefer") {
    const noEffect = "With memory, quiesce has no effect: the memory includes what the disks lack.";
    findings.push(warning(noEffect));
  }
  return findings;
}

function crossFailures(inputs: Values, kind: SnapshotKind): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (inputs.expiresAt !== undefined && inputs.ttl !== undefined) {
    failures.push({ property: "ttl", reason: "set expiresAt or ttl, not both" });
  }
  if (inputs.adoptExisting === true && inputs.adoptId !== undefined) {
    failures.push({ property: "adoptId", reason: "set adoptExisting or adoptId, not both" });
  } else if (inputs.adoptExisting === true && inputs.name === undefined) {
    failures.push({
      property: "name",
      reason:
        "is required with adoptExisting, since it selects the snapshot to adopt. Or set adoptId to the snapshot's id",
    });
  }
  if (kind === "snapshot" && inputs.memory === true && inputs.quiesce === "require") {
    failures.push({
      property: "quiesce",
      reason:
        "memory and quiesce exclude each other: a revert with memory restores the running guest, so its files need no quiescing. Use one of them",
    });
  }
  return failures;
}

/** A time that has already passed when it is first stated. A time that passes later must not break the program. */
function checkExpiryInFuture({ expiresAt }: Values, olds: Values | undefined, context: Context): CheckFailure[] {
  if (typeof expiresAt !== "string" || expiresAt === olds?.expiresAt) return [];
  if (!(Date.parse(expiresAt) <= timeOf(context))) return [];
  return [{ property: "expiresAt", reason: `${expiresAt} is in the past. Use a later time, or omit it` }];
}

function beyondPlatform(
  kind: SnapshotKind,
  inputs: SnapshotInputs,
  driver: Driver,
  edited: (property: string) => boolean,
): CheckFailure[] {
  const wanted: [Feature, string, boolean][] = [
    ["create", "target", true],
    ["memory", kind === "snapshot" ? "memory" : "consistency", inputs.memory],
    ["quiesce", kind === "snapshot" ? "quiesce" : "consistency", inputs.quiesce === "require"],
    ["description", "description", inputs.description !== undefined],
    ["rename", "name", inputs.name !== undefined && edited("name")],
    ["describe", "description", edited("description")],
    // Adopting a snapshot means writing the marker on it.
    ["describe", "adoptExisting", inputs.adoptExisting],
    ["describe", "adoptId", inputs.adoptId !== undefined],
    ["remove-children", "removeChildren", inputs.removeChildren],
    ["keep-disks", "consolidate", !inputs.consolidate],
  ];
  const failures = unsupported(driver, kind, wanted);
  return failures.filter(({ property }, index) => failures.findIndex((other) => other.property === property) === index);
}

/** Inputs that change the existing snapshot; a replacement gets its texts when it is created. */
function editsOf(kind: SnapshotKind, olds: Values | undefined, news: Values): (property: string) => boolean {
  if (olds === undefined) return () => false;
  const { updates, replaces } = diffFields(fieldsOf(kind), olds, news);
  return (property) => replaces.length === 0 && updates.includes(property);
}
