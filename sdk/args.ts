import type { Input } from "@pulumi/pulumi";

/** Numbers with their units: `90s`, `30m`, `72h`, `7d`, `1h30m`. */
export type Duration = string;

/** A VM named in exactly one way. */
export type NamedTarget =
  | { /** Inventory path: `/DC0/vm/prod/web-1`. */ path: Input<string> }
  | { /** vCenter's instance UUID. */ instanceUuid: Input<string> }
  | { /** The BIOS UUID, as the guest sees it. */ biosUuid: Input<string> }
  | { /** The managed object id: `vm-42`. */ id: Input<string> }
  | { /** The VM's name; if several VMs have it, an error lists them. */ name: Input<string> };
