import assert from "node:assert/strict";
import { GoMissingError, type Vcsim, type VcsimVm } from "./launcher";

/** Turns a missing Go into the text to skip by, and leaves every other error an error. */
export function missing(error: unknown): string {
  if (error instanceof GoMissingError) return error.message;
  throw error;
}

export async function vmOf(vcsim: Vcsim, index = 0): Promise<VcsimVm> {
  const vm = (await vcsim.control.vms())[index];
  assert.ok(vm);
  return vm;
}
