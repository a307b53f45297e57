import { isSnapstateError } from "../../core/errors";
import { CoalescedReader, type OperationContext } from "../../core/operation";
import type { Blocker, Snapshot, TargetState } from "../contract";
import type { ProxmoxApi } from "./client/api";
import { configReply, featureReply, type GuestRow, storagesReply } from "./client/replies";
import { guestPath } from "./guests";
import { idOf } from "./targets";

type Config = Record<string, string>;

interface Facts {
  config: Config;
  canSnapshot: boolean;
  /** Storage types by name; empty if the user may not read them. */
  storages: ReadonlyMap<string, { type: string; chain: boolean }>;
}

/** Milliseconds for which a guest's configuration may be used. */
const MAX_AGE_MS = 60_000;

/** ZFS storage types: a pool of the node, and ZFS over iSCSI. */
const ZFS: ReadonlySet<string> = new Set(["zfspool", "zfs"]);

const DISK = /^(scsi|virtio|sata|ide|efidisk|tpmstate|rootfs|mp)\d*$/;

/** What blocks a snapshot, and what a snapshot can include. */
export class Readiness {
  private readonly known = new Map<string, { facts: Promise<Facts>; until: number }>();

  /** One list for all guests. */
  private readonly storages: CoalescedReader<Facts["storages"]>;

  constructor(private readonly api: ProxmoxApi) {
    this.storages = new CoalescedReader((call) => this.askStorages(call));
  }

  async add(row: GuestRow, running: boolean, state: TargetState, call: OperationContext): Promise<TargetState> {
    const facts = await this.facts(row, call);
    const newestOnly = disksOf(facts.config).some(({ storage }) => {
      const known = facts.storages.get(storage);
      return known !== undefined && (ZFS.has(known.type) || known.chain);
    });
    return {
      ...state,
      snapshots: newestOnly ? onlyNewest(state.snapshots) : state.snapshots,
      blockers: [...state.blockers, ...blockers(row, facts)],
      newestOnly,
      quiesceReady: quiesce(row, running, facts.config),
      advice: [
        "All snapshots of a guest are stored on the guest's own storages.",
        ...(newestOnly
          ? [
              "Its storage can only revert to the newest snapshot, so a Restore needs safetySnapshot: false and confirm.",
            ]
          : []),
        ...(row.hastate === undefined
          ? []
          : [`The guest is managed by HA (${row.hastate}): a revert stops it, and HA may start it again.`]),
      ],
    };
  }

  private async facts(row: GuestRow, call: OperationContext): Promise<Facts> {
    const id = idOf(row);
    const known = this.known.get(id);
    if (known !== undefined && known.until > performance.now()) return known.facts;
    const facts = this.ask(row, call);
    this.known.set(id, { facts, until: performance.now() + MAX_AGE_MS });
    facts.catch(() => this.known.delete(id));
    return facts;
  }

  private async ask(row: GuestRow, call: OperationContext): Promise<Facts> {
    const where = guestPath(row);
    const [config, feature, storages] = await Promise.all([
      this.api.get(`${where}/config`, {}, configReply, call),
      this.api.get(`${where}/feature`, { feature: "snapshot" }, featureReply, call),
      this.storages.recent(call, MAX_AGE_MS),
    ]);
    return { config, canSnapshot: feature.hasFeature, storages };
  }

  private async askStorages(call: OperationContext): Promise<Facts["storages"]> {
    try {
      const rows = await this.api.get("/storage", {}, storagesReply, call);
      return new Map(rows.map((row) => [row.storage, { type: row.type, chain: row["snapshot-as-volume-chain"] }]));
    } catch (error) {
      if (isSnapstateError(error, "permission")) return new Map();
      throw error;
    }
  }
}

function blockers({ type, template }: GuestRow, { config, canSnapshot }: Facts): Blocker[] {
  const found: Blocker[] = [];
  if (template) found.push({ code: "template", message: "it is a template, which has no snapshots", blocks: "all" });
  if (!canSnapshot && !template) {
    const disks = disksOf(config);
    const suspects = disks.filter(({ suspect }) => suspect !== undefined);
    const named = suspects.map(({ key, suspect }) => `${key} is ${suspect}`).join(", ");
    const each = disks.map(({ key, volume }) => `${key} (${volume})`).join(", ");
    const message = `Proxmox VE has no snapshots of this guest: ${named || `one of its disks is on a storage without snapshots: ${each}`}`;
    found.push({ code: "no-snapshot-feature", message, blocks: "all" });
  }
  if (type === "lxc") {
    found.push({ code: "container", message: "the memory of a container cannot be saved", blocks: "memory" });
    return found;
  }
  for (const key of Object.keys(config).filter((one) => UNSAVEABLE_DEVICES.test(one))) {
    // Only QEMU knows whether the state of a passthrough device can be saved.
    const uncertain = key.startsWith("hostpci");
    const message = `${key} ${uncertain ? "may not be" : "cannot be"} kept in a snapshot with memory`;
    found.push({ code: "device", message, blocks: "memory", ...(uncertain ? { uncertain } : {}) });
  }
  return found;
}

/** Devices whose state is not saved. */
const UNSAVEABLE_DEVICES = /^((hostpci|virtiofs)\d+|amd-sev|intel-tdx)$/;

interface Disk {
  key: string;
  volume: string;
  storage: string;
  /** The kind of volume, if it excludes snapshots. */
  suspect?: string;
}

function disksOf(config: Config): Disk[] {
  return Object.entries(config)
    .filter(([key, value]) => DISK.test(key) && !/media=cdrom/.test(value))
    .map(([key, value]) => {
      const [volume = ""] = value.split(",");
      const suspect = volume.startsWith("/")
        ? `a ${key.startsWith("mp") ? "bind mount" : "device"} of the node`
        : /\.(raw|vmdk)$/.test(volume)
          ? `a ${volume.slice(-4).replace(".", "")} file${key.startsWith("tpm") ? " of the vTPM" : ""}`
          : undefined;
      return { key, volume, storage: volume.split(":")[0] ?? "", ...(suspect === undefined ? {} : { suspect }) };
    });
}

function quiesce({ type }: GuestRow, running: boolean, config: Config): NonNullable<TargetState["quiesceReady"]> {
  if (type === "lxc")
    return { ready: false, reason: "Proxmox VE does not freeze a container's file systems for a snapshot" };
  if (!running) return { ready: false, reason: "the VM is off, so no guest agent can freeze its file systems" };
  const agent = config.agent ?? "0";
  if (!/^1|enabled=1/.test(agent)) {
    return { ready: false, reason: "the QEMU guest agent is not enabled (`qm set <vmid> --agent enabled=1`)" };
  }
  if (/freeze-fs(-on-backup)?=0/.test(agent)) {
    return { ready: false, reason: "the VM's agent option has freeze-fs=0" };
  }
  return { ready: true };
}

function onlyNewest(snapshots: Snapshot[]): Snapshot[] {
  return snapshots.map((snapshot) => {
    if (snapshot.isCurrent && !snapshots.some(({ parentId }) => parentId === snapshot.id)) return snapshot;
    const caveat = "the guest's storage can only revert to the newest snapshot: remove the newer ones first";
    return { ...snapshot, revertable: false, caveats: [...(snapshot.caveats ?? []), caveat] };
  });
}
