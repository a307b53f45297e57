import { z } from "zod";
import type { TargetSelector } from "../platforms/contract";

/** How a program names a VM: one text that the platform's driver reads, or one named way. */
export const targetSchema = z.union(
  [
    z.string().min(1, "name a VM"),
    z.strictObject({ path: z.string().min(1).describe("Inventory path: `/DC0/vm/prod/web-1`.") }),
    z.strictObject({ instanceUuid: z.string().min(1).describe("vCenter's instance UUID.") }),
    z.strictObject({ biosUuid: z.string().min(1).describe("The BIOS UUID, as the guest sees it.") }),
    z.strictObject({ id: z.string().min(1).describe("The platform's id: `vm-42`.") }),
    z.strictObject({ name: z.string().min(1).describe("The VM's name; when two VMs have it, an error lists both.") }),
  ],
  "give a text, or an object with exactly one of path, instanceUuid, biosUuid, id, name",
);

export type TargetInput = z.infer<typeof targetSchema>;

const by = { path: "path", instanceUuid: "instance-uuid", biosUuid: "bios-uuid", id: "id", name: "name" } as const;

export function selectorOf(input: TargetInput): TargetSelector {
  if (typeof input === "string") return { by: "any", value: input };
  const [key, value] = Object.entries(input)[0] as [keyof typeof by, string];
  return { by: by[key], value };
}

/** The target for messages, before it was found. */
export function describeTarget(input: TargetInput): string {
  const { by: way, value } = selectorOf(input);
  return way === "any" ? `VM ${JSON.stringify(value)}` : `VM with ${way} ${JSON.stringify(value)}`;
}
