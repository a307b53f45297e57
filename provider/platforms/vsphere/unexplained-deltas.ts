import { element, list, text, type XmlElement, type XmlValue, xsiType } from "./client/xml";

/** A VM's `layoutEx`, in parts. */
export interface FileLayout {
  disks: XmlValue;
  snapshots: XmlValue;
  files: XmlValue;
}

/**
 * Whether a disk has more delta files than the VM's snapshots account for. vCenter does not report this:
 * `consolidationNeeded` may be false while the snapshot tree is empty. Only files in the VM's own folder count, so
 * linked clones, whose base is elsewhere, are not affected. The layout may be out of date: {@link unexplainedDeltas}
 * settles it.
 */
export function hasExcessDeltas(layout: FileLayout): boolean {
  const files = filesOf(layout.files);
  const home = homeOf(layout.files);
  const snapshots = list(element(layout.snapshots)?.VirtualMachineFileLayoutExSnapshotLayout).map(element);
  return disksOf(layout.disks).some(({ key, units }) => {
    const own = units.filter((unit) => folderOf(files.get(unit) ?? "") === home);
    const before = snapshots.map((snapshot) => disksOf(snapshot?.disk).find((disk) => disk.key === key)?.units ?? []);
    const accounted = before.filter(
      (chain) => chain.length < units.length && chain.every((unit) => units.includes(unit)),
    );
    return own.length - 1 > new Set(accounted.map(({ length }) => length)).size;
  });
}

/** Disks that write to a delta file above another file of the VM's folder: `Hard disk 1 ([ds] web/web-000001.vmdk)`. */
export function unexplainedDeltas(devices: XmlValue, layout: FileLayout): string[] {
  const home = homeOf(layout.files);
  return list(element(devices)?.VirtualDevice).flatMap((value) => {
    const device = element(value);
    const backing = element(device?.backing);
    const parent = element(backing?.parent);
    if (xsiType(value) !== "VirtualDisk" || parent === undefined) return [];
    const file = text(backing?.fileName) ?? "";
    if (folderOf(file) !== home || folderOf(text(parent.fileName) ?? "") !== home) return [];
    return [`${text(element(device?.deviceInfo)?.label) ?? `disk ${text(device?.key)}`} (${file})`];
  });
}

/** Each disk's chain, by its first file. */
function disksOf(value: XmlValue): { key: string; units: string[] }[] {
  const layouts = element(value)?.VirtualMachineFileLayoutExDiskLayout ?? value;
  return list(layouts).flatMap((layout) => {
    const disk: XmlElement | undefined = element(layout);
    if (disk === undefined) return [];
    const units = list(disk.chain).map((unit) => text(list(element(unit)?.fileKey)[0]) ?? "");
    return [{ key: text(disk.key) ?? "", units }];
  });
}

function filesOf(value: XmlValue): ReadonlyMap<string, string> {
  const files = list(element(value)?.VirtualMachineFileLayoutExFileInfo).map(element);
  return new Map(files.map((file) => [text(file?.key) ?? "", text(file?.name) ?? ""]));
}

/** The folder of the VM's configuration file, which has the same name on each datastore that the VM uses. */
function homeOf(files: XmlValue): string | undefined {
  const config = list(element(files)?.VirtualMachineFileLayoutExFileInfo)
    .map(element)
    .find((file) => text(file?.type) === "config");
  return config && folderOf(text(config.name) ?? "");
}

/** `web` of `[datastore1] web/web.vmdk`. */
function folderOf(path: string): string {
  return path.replace(/^\[[^\]]*\] */, "").replace(/\/?[^/]*$/, "");
}
