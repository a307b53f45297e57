/**
 * The command's exit code, in the form of monitoring plugins (Nagios plugin guidelines, section "Plugin Return Codes").
 */
export const exitCode = {
  ok: 0,
  warning: 1,
  critical: 2,
  /** Unknown: an error, wrong arguments, or a VM that could not be read. */
  unknown: 3,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The most severe code: critical, then unknown, then warning. */
export function mostSevere(codes: readonly ExitCode[]): ExitCode {
  const order = [exitCode.critical, exitCode.unknown, exitCode.warning];
  return order.find((code) => codes.includes(code)) ?? exitCode.ok;
}
