import type { ResourceType } from "../../provider/resources";
import type { Adapter } from "../support/adapter";
import type { Program } from "./run";

/** What a worker is told: one run of a program, and who dies at which boundary. */
export interface Order {
  program: Program;
  target: string;
  stateFile: string;
  killAt: number;
  /** The way to the platform, or none: the lifecycles in the worker itself. */
  adapter?: Adapter;
  /** Over an adapter, the engine or the provider, which counts its own boundaries only. A number is a process id. */
  victim?: "engine" | "provider" | number;
  /** The file in which processes count together. */
  journal?: string;
}

export interface Report {
  killPoints: readonly string[];
  error?: string;
}

/** The resource's URN as the lifecycles are told it without an adapter. */
export function ownerOf(type: ResourceType, target: string): string {
  return `urn:pulumi:dev::proof::snapstate:index:${type}::${target}`;
}
