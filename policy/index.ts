import {
  PolicyPack,
  type PolicyResource,
  type ReportViolation,
  type StackValidationArgs,
  type StackValidationPolicy,
} from "@pulumi/policy";
import type { Seen } from "./resources";
import { chainDepth, defaults, hasExpiry, holdHasReason, maxAge, memorySize, type Verdict } from "./rules";

type Rule = (resource: Seen, config: typeof defaults, all: readonly Seen[]) => Verdict;

/**
 * All are policies of the stack and not of single resources: only these have outputs, such as the time of a snapshot,
 * both in a preview and after an update.
 */
function policy(about: Omit<StackValidationPolicy, "validateStack">, rule: Rule): StackValidationPolicy {
  return {
    ...about,
    validateStack: ({ resources, getConfig }: StackValidationArgs, report: ReportViolation) => {
      const config = { ...defaults, ...getConfig<Partial<typeof defaults>>() };
      for (const resource of resources as (PolicyResource & Seen)[]) {
        const verdict = rule(resource, config, resources);
        if (verdict !== undefined) report(`${resource.name} ${verdict}.`, resource.urn);
      }
    },
  };
}

const number = (value: number, minimum: number) => ({ type: "number", default: value, minimum }) as const;

new PolicyPack("snapstate", {
  policies: [
    policy(
      {
        name: "snapshot-max-age",
        description: "A snapshot is not a backup: none is older than `maxAgeHours`, unless it is on hold.",
        enforcementLevel: "mandatory",
        configSchema: { properties: { maxAgeHours: number(defaults.maxAgeHours, 0) } },
      },
      (resource, config) => maxAge(resource, config, Date.now()),
    ),
    policy(
      {
        name: "snapshot-chain-depth",
        description: "No snapshot is deeper in its chain than `maxDepth`.",
        enforcementLevel: "advisory",
        configSchema: { properties: { maxDepth: number(defaults.maxDepth, 1) } },
      },
      chainDepth,
    ),
    policy(
      {
        name: "snapshot-has-expiry",
        description: "Every snapshot has an expiry, and every series a retention rule.",
        enforcementLevel: "mandatory",
      },
      hasExpiry,
    ),
    policy(
      {
        name: "snapshot-memory-size",
        description: "No snapshot includes the memory of a VM with more than `maxMemoryGiB`.",
        enforcementLevel: "advisory",
        configSchema: { properties: { maxMemoryGiB: number(defaults.maxMemoryGiB, 0) } },
      },
      memorySize,
    ),
    policy(
      {
        name: "snapshot-hold-has-reason",
        description: "A hold has a reason: the description matches the expression `holdReason`.",
        enforcementLevel: "mandatory",
        configSchema: { properties: { holdReason: { type: "string", default: defaults.holdReason } } },
      },
      holdHasReason,
    ),
  ],
});
