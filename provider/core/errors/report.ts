/**
 * Keeps the environment, which may hold credentials, out of the diagnostic reports that Node writes on a crash when
 * asked to (`--report-uncaught-exception`). Node 20 always includes it and offers no switch.
 * https://nodejs.org/api/process.html#processreportexcludeenv
 */
export function keepEnvironmentOutOfReports(report: object = process.report): void {
  if ("excludeEnv" in report) report.excludeEnv = true;
}
