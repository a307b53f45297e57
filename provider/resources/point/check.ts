import type { Feature, Hypervisor, PointKind } from "../../hypervisors/contract";
import { assignMarker, isFailure, openForCheck, unfitTexts, unmatchable, unsupported } from "../core/check-parts";
import { checkFields, diffFields } from "../core/fields";
import type { CheckFailure, CheckResult, Context, Values } from "../core/lifecycle";
import { failuresOfFindings, warningsOfFindings } from "../core/preflight";
import { hasUnknown } from "../core/unknown";
import { fieldsOf } from "./fields";
import { type PointInputs, pointInputs } from "./inputs";
import { preflightCreate } from "./preflight";

/** Checks the inputs, fills in defaults and the marker, and refuses what a look at the platform shows to be impossible. */
export async function checkPoint(
  kind: PointKind,
  olds: Values | undefined,
  news: Values,
  context: Context,
): Promise<CheckResult> {
  const { inputs, failures } = checkFields(fieldsOf(kind), news);
  failures.push(...crossFailures(inputs, kind), ...pastExpiry(inputs, olds, context));
  assignMarker(inputs, olds, context);
  if (failures.length > 0 || hasUnknown(inputs.connection)) return { inputs, failures, warnings: [] };

  const point = pointInputs(kind, inputs);
  const hypervisor = openForCheck(point.connection, context);
  if (isFailure(hypervisor)) return { inputs, failures: [hypervisor], warnings: [] };
  failures.push(...beyondPlatform(kind, point, hypervisor, editsOf(kind, olds, inputs)));
  failures.push(...unmatchable(hypervisor, kind, inputs.target, olds?.target));
  failures.push(...unfitTexts(hypervisor.platform, hypervisor.textLimits?.(kind), inputs, olds));
  const warnings: string[] = [];
  if (point.memory && point.quiesce === "prefer") {
    warnings.push(
      "With memory the guest is not quiesced: the memory holds what the disks lack. quiesce has no effect.",
    );
  }
  if (olds === undefined && failures.length === 0 && !hasUnknown(inputs.target)) {
    const findings = await preflightCreate(kind, inputs, hypervisor, context);
    failures.push(...failuresOfFindings(findings, "target"));
    warnings.push(...warningsOfFindings(findings));
  }
  return { inputs, failures, warnings };
}

function crossFailures(inputs: Values, kind: PointKind): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (inputs.expiresAt !== undefined && inputs.ttl !== undefined) {
    failures.push({ property: "ttl", reason: "give expiresAt or ttl, not both" });
  }
  if (inputs.adoptExisting === true && inputs.name === undefined) {
    failures.push({
      property: "name",
      reason: "is required with adoptExisting: true, to say which snapshot to take over. Or give adoptExisting its id",
    });
  }
  if (kind === "snapshot" && inputs.memory === true && inputs.quiesce === "require") {
    failures.push({
      property: "quiesce",
      reason:
        "memory and quiesce exclude each other: with memory a revert brings the running guest back, so its files need no quiescing. Use one of them",
    });
  }
  return failures;
}

/** A time that has passed when it is stated. One that passes later must not stop the program that states it. */
function pastExpiry({ expiresAt }: Values, olds: Values | undefined, context: Context): CheckFailure[] {
  if (typeof expiresAt !== "string" || expiresAt === olds?.expiresAt) return [];
  if (!(Date.parse(expiresAt) <= (context.now?.() ?? Date.now()))) return [];
  return [{ property: "expiresAt", reason: `${expiresAt} is in the past. Give a later time, or leave it out` }];
}

function beyondPlatform(
  kind: PointKind,
  inputs: PointInputs,
  hypervisor: Hypervisor,
  edited: (property: string) => boolean,
): CheckFailure[] {
  const wanted: [Feature, string, boolean][] = [
    ["create", "target", true],
    ["memory", kind === "snapshot" ? "memory" : "consistency", inputs.memory],
    ["quiesce", kind === "snapshot" ? "quiesce" : "consistency", inputs.quiesce === "require"],
    ["description", "description", inputs.description !== undefined],
    ["rename", "name", inputs.name !== undefined && edited("name")],
    ["describe", "description", edited("description")],
    // To take one over is to write the marker on it.
    ["describe", "adoptExisting", inputs.adoptExisting !== false],
    ["remove-children", "removeChildren", inputs.removeChildren],
    ["keep-disks", "consolidate", !inputs.consolidate],
  ];
  const failures = unsupported(hypervisor, kind, wanted);
  return failures.filter(({ property }, index) => failures.findIndex((other) => other.property === property) === index);
}

/** Which inputs are to change on the snapshot that is there; one that is replaced gets its texts when it is made. */
function editsOf(kind: PointKind, olds: Values | undefined, news: Values): (property: string) => boolean {
  if (olds === undefined) return () => false;
  const { updates, replaces } = diffFields(fieldsOf(kind), olds, news);
  return (property) => replaces.length === 0 && updates.includes(property);
}
