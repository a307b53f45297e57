import type { ZodType } from "zod";
import type { Driver } from "./contract";

/** What a platform's folder exports: its name, the shape of its connection settings, and how to open one. */
export interface Platform<Settings = unknown> {
  readonly name: string;
  /** Settings of a connection, `platform` excluded. Unknown keys are refused. */
  readonly settings: ZodType<Settings>;
  /** Names of secret settings: they come from stack secrets or the environment and are never written anywhere. */
  readonly secrets: readonly string[];
  /**
   * Opens lazily: no request is made before the first call, and the driver's code is loaded here, so that a process that only reads a
   * schema loads no platform.
   * @param others another connection by its name, for a platform that leaves a part of its work to the one below it
   */
  connect(settings: Settings, others: (connection: string) => Driver): Driver;
}
