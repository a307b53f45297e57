import type { ExitCode } from "../exit-codes";

/** Called by a command with what the process should end with. */
export type Done = (code: ExitCode) => void;
