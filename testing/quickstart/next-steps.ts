/** Next steps after the quickstart, as commands that run in this checkout. @param platform that was shown */
export function nextSteps(platform: string): string {
  // QEMU has no simulator: its VMs are real. CloudStack's needs neither Go nor Python.
  const simulator = platform === "qemu" ? "cloudstack" : platform;
  const steps = [
    [`npm run simulator -- ${simulator}`, "a platform to try things on; it prints the connection to export"],
    ["npx snapstate ui", "the snapshots of a connection as a page; `npx snapstate --help` lists the rest"],
    [`docs/getting-started/${platform}.md`, "your first snapshot, reverted to and removed, step by step"],
    ["examples/", "whole projects in TypeScript, Python, Go, YAML and for Terraform"],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  return ["Next:", ...steps.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`)].join("\n");
}
