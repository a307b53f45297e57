import type { CustomResourceOptions } from "@pulumi/pulumi";
import { templateProvider } from "./providers";
import { resourceWith } from "./resource";
import type { TemplateArgs, TemplateOutputs } from "./types/template";

export type { TemplateArgs, TemplateOutputs } from "./types/template";

/**
 * A template made from a snapshot of a root disk, for new VMs. It remains when the snapshot is deleted.
 *
 * @example
 * ```ts
 * const golden = new Snapshot("golden", { target: "builder/ROOT", name: "image 42" });
 * const image = new cloudstack.Template("image", { snapshot: golden.platformId, name: "web-42" });
 * export const templateId = image.platformId;
 * ```
 */
export class Template extends resourceWith<TemplateOutputs>() {
  constructor(name: string, args: TemplateArgs, options?: CustomResourceOptions) {
    super("Template", templateProvider, name, args, options);
  }
}
