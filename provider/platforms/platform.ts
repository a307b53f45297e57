import type { ZodType } from "zod";
import type { Driver } from "./contract";

/** What each platform folder exports: its name, its connection settings, and how to connect. */
export interface Platform<Settings = unknown> {
  readonly name: string;
  /** Settings of a connection, `platform` excluded. Unknown keys are refused. */
  readonly settings: ZodType<Settings>;
  /** Names of secret settings: they come from stack secrets or the environment and are never stored. */
  readonly secrets: readonly string[];
  /**
   * Makes no request. Loads the driver's code here, so that a process that only reads a schema loads no platform.
   * @param others opens another connection by name, for a platform that delegates to the one below it
   */
  connect(settings: Settings, others: (connection: string) => Driver): Driver;
}
