import type { SnapshotReport } from "../../provider/resources";
export function renderPage(_report: SnapshotReport): string {
  return "";
}
