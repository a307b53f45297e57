import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { DerivedArgs } from "./args";
import { templateProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link Template} is made of. */
export interface TemplateArgs extends DerivedArgs {
  /** Text shown by the platform. snapstate adds one line to it, its marker. A change makes another template. */
  description?: Input<string>;
  /**
   * The platform's id of the guest's operating system.
   * @default the snapshot's, which platforms know of root disks only
   */
  osType?: Input<string>;
  /**
   * Whether guests made from it get their password from the platform.
   * @default false
   */
  passwordEnabled?: Input<boolean>;
}

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
export class Template extends SnapstateResource {
  /** The platform behind the connection: `cloudstack`. */
  declare readonly platform: Output<string>;
  /** The platform's id. */
  declare readonly platformId: Output<string>;
  /** Name, as the platform has it, without the marker. */
  declare readonly name: Output<string>;
  /** The time of creation, ISO 8601, UTC. */
  declare readonly createdAt: Output<string>;
  /** The platform's name of its state. */
  declare readonly state: Output<string>;
  /** Whether it can be used. */
  declare readonly ready: Output<boolean>;
  /** Size in bytes, if the platform reports it. */
  declare readonly sizeBytes: Output<number | undefined>;

  constructor(name: string, args: TemplateArgs, options?: CustomResourceOptions) {
    super("Template", templateProvider, name, args, options);
  }
}
