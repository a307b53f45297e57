import type { ResourceType } from "../../provider/resources";
import type { Adapter } from "../support/adapter";
import type { Program } from "./run";

/** Instructions for a worker: one run of a program, and which process dies at which kill point. */
export interface Order {
  program: Program;
  target: string;
  stateFile: string;
  killAt: number;
  /** The adapter; without one, the worker runs the lifecycles itself. */
  adapter?: Adapter;
  /** Over an adapter, the engine or the provider, which counts only its own kill points. A number is a process id. */
  victim?: "engine" | "provider" | number;
  /** The file in which processes count kill points together. */
  journal?: string;
}

export interface Report {
  killPoints: readonly string[];
  error?: string;
}

/** The resource's URN for lifecycles without an adapter. */
export function ownerOf(type: ResourceType, target: string): string {
  return `urn:pulumi:dev::proof::snapstate:index:${type}::${target}`;
}
