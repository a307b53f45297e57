import type { CustomResourceOptions } from "@pulumi/pulumi";
import { consolidationTaskProvider } from "./providers";
import { resourceWith } from "./resource";
import type { ConsolidationTaskArgs, ConsolidationTaskOutputs } from "./types/consolidation-task";

export type { ConsolidationTaskArgs, ConsolidationTaskOutputs } from "./types/consolidation-task";

/**
 * Merges redundant disks that a failed or unconsolidated removal left behind: when needed, or on trigger. Deleting it
 * does nothing.
 */
export class ConsolidationTask extends resourceWith<ConsolidationTaskOutputs>() {
  constructor(name: string, args: ConsolidationTaskArgs, options?: CustomResourceOptions) {
    super("ConsolidationTask", consolidationTaskProvider, name, args, options);
  }
}
