import assert from "node:assert/strict";
import { GoMissingError, type Vcsim, type VcsimSnapshot, type VcsimVm } from "./launcher";

/** Converts a missing Go to the reason to skip a test, and rethrows other errors. */
export function missing(error: unknown): string {
  if (error instanceof GoMissingError) return error.message;
  throw error;
}

/** Snapshots without their tree, parents before children. */
export function flat(tree: readonly VcsimSnapshot[]): VcsimSnapshot[] {
  return tree.flatMap((one) => [one, ...flat(one.children)]);
}

export async function vmOf(vcsim: Vcsim, index = 0): Promise<VcsimVm> {
  const vm = (await vcsim.control.vms())[index];
  assert.ok(vm);
  return vm;
}
