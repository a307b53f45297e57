import type { ExitCode } from "../exit-codes";

/** Called by a command with the process's exit code. */
export type Done = (code: ExitCode) => void;
