/**
 * What a person calls a VM or volume: its path where that is one in an inventory, and its name where the path is a socket's or an id.
 */
export function targetLabel({ targetPath, targetName }: { targetPath: string; targetName: string }): string {
  if (targetPath.startsWith("/")) return targetPath.endsWith(`/${targetName}`) ? targetPath : targetName || targetPath;
  return targetPath.includes("/") ? targetPath : targetName || targetPath;
}
