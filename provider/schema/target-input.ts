import { z } from "zod";
import type { TargetSelector } from "../platforms/contract";

const text = z.string().min(1, "name a VM");

/** Lookup keys of a VM. */
const ways = {
  path: text.describe("Inventory path: `/DC0/vm/prod/web-1`."),
  instanceUuid: text.describe("vCenter's instance UUID."),
  biosUuid: text.describe("The BIOS UUID, as the guest sees it."),
  id: text.describe("The platform's id: `vm-42`."),
  name: text.describe("The VM's name; if several VMs have it, an error lists them."),
};

/** How a program names a VM: a string that the platform's driver interprets, or an object with one lookup key. */
export const targetSchema = z.union(
  [
    text,
    z.strictObject({ path: ways.path }),
    z.strictObject({ instanceUuid: ways.instanceUuid }),
    z.strictObject({ biosUuid: ways.biosUuid }),
    z.strictObject({ id: ways.id }),
    z.strictObject({ name: ways.name }),
  ],
  "set a string, or an object with exactly one of path, instanceUuid, biosUuid, id, name",
);

/** The object form alone, for engines whose types know no choice between a text and an object. */
export const lookupSchema = z.strictObject(ways).partial();

export type TargetInput = z.infer<typeof targetSchema>;

const by = { path: "path", instanceUuid: "instance-uuid", biosUuid: "bios-uuid", id: "id", name: "name" } as const;

export function selectorOf(input: TargetInput): TargetSelector {
  if (typeof input === "string") return { by: "any", value: input };
  const [key, value] = Object.entries(input)[0] as [keyof typeof by, string];
  return { by: by[key], value };
}

/** The target for messages, before it is looked up. */
export function describeTarget(input: TargetInput): string {
  const { by: way, value } = selectorOf(input);
  return way === "any" ? `VM ${JSON.stringify(value)}` : `VM with ${way} ${JSON.stringify(value)}`;
}
