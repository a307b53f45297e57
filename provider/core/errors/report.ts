/**
 * Leaves the environment out of the diagnostic reports that Node writes when it crashes and was asked to
 * (`--report-uncaught-exception`): credentials may be in it. Node 20 always writes it there, and nothing can be done.
 * https://nodejs.org/api/process.html#processreportexcludeenv
 */
export function keepEnvironmentOutOfReports(report: object = process.report): void {
  if ("excludeEnv" in report) report.excludeEnv = true;
}
