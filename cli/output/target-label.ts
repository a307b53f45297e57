/**
 * The label of a VM or volume: its inventory path, or its name if the path is a socket's or an id.
 */
export function targetLabel({ targetPath, targetName }: { targetPath: string; targetName: string }): string {
  if (targetPath.startsWith("/")) return targetPath.endsWith(`/${targetName}`) ? targetPath : targetName || targetPath;
  // Proxmox VE's path ends in a number.
  return /\/(?!\d+$)/.test(targetPath) ? targetPath : targetName || targetPath;
}
