import type { Consistency, PowerState, Snapshot } from "../contract-types";
import { decodeText } from "../ownership";
import { refId } from "./client/tasks";
import { element, list, text, type XmlElement, type XmlValue } from "./client/xml";
import { unescapeName } from "./names";

const POWER: Record<string, PowerState> = { poweredOn: "on", poweredOff: "off", suspended: "suspended" };

export function powerState(value: XmlValue): PowerState {
  return POWER[text(value) ?? ""] ?? "unknown";
}

/** Converts a VM's `snapshot` property, parents before children. Unset means no snapshots. */
export function snapshots(snapshot: XmlValue, layout: { snapshots: XmlValue; files: XmlValue }): Snapshot[] {
  const info = element(snapshot);
  // Unset while the working state is at the root, and for a while after a failed backup, although snapshots exist.
  const current = refId(info?.currentSnapshot);
  const sizes = sizesOf(layout.snapshots, layout.files);
  const found: Snapshot[] = [];
  const walk = (node: XmlElement, parentId: string | undefined, depth: number) => {
    const id = refId(node.snapshot);
    if (id === undefined) return;
    const size = sizes.get(id);
    found.push({
      id,
      name: unescapeName(text(node.name) ?? ""),
      ...decodeText(text(node.description) ?? ""),
      createdAt: isoTime(text(node.createTime) ?? ""),
      ...(parentId === undefined ? {} : { parentId }),
      isCurrent: id === current,
      depth,
      consistency: consistency(node),
      powerState: powerState(node.state),
      ...(size ? { sizeBytes: size } : {}),
    });
    for (const child of list(node.childSnapshotList)) walk(element(child) ?? {}, id, depth + 1);
  };
  for (const root of list(info?.rootSnapshotList)) walk(element(root) ?? {}, undefined, 1);
  return found;
}

/**
 * A snapshot without memory always records poweredOff; one with memory records the VM's power state
 * (VirtualMachineSnapshotTree.state). A snapshot of a suspended VM always includes its memory.
 */
function consistency(node: XmlElement): Consistency {
  if (powerState(node.state) === "on" || powerState(node.state) === "suspended") return "memory";
  return text(node.quiesced) === "true" ? "filesystem" : "crash";
}

/** Servers send up to nine fractional digits; a Date has three. */
function isoTime(time: string): string {
  const parsed = new Date(time);
  return Number.isNaN(parsed.getTime()) ? time : parsed.toISOString();
}

/** Bytes of each snapshot's own files, if the server reports them. The simulator reports zero, which is ignored. */
function sizesOf(snapshots: XmlValue, files: XmlValue): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const file of list(element(files)?.VirtualMachineFileLayoutExFileInfo)) {
    const entry = element(file);
    bytes.set(text(entry?.key) ?? "", Number(text(entry?.size) ?? 0));
  }
  const sizes = new Map<string, number>();
  for (const value of list(element(snapshots)?.VirtualMachineFileLayoutExSnapshotLayout)) {
    const layout = element(value);
    const keys = [text(layout?.dataKey), text(layout?.memoryKey)];
    for (const disk of list(layout?.disk)) {
      const chain = list(element(disk)?.chain);
      keys.push(...list(element(chain.at(-1))?.fileKey).map((key) => text(key)));
    }
    const total = keys.reduce((sum, key) => sum + (bytes.get(key ?? "") ?? 0), 0);
    const id = refId(layout?.key);
    if (id !== undefined && total > 0) sizes.set(id, total);
  }
  return sizes;
}
