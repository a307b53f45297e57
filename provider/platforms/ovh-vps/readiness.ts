import type { Blocker } from "../contract-types";
import type { Vps } from "./client/replies";
import { SNAPSHOT_OPTION } from "./option";

/** Lasting states of a VPS in which no snapshot can be taken. */
const BLOCKING_STATES = ["installing", "maintenance", "upgrading"];

/** What blocks a snapshot now. @param price of the option, as text, if known */
export function blockers({ name, state, model }: Vps, option: string, price: string | undefined): Blocker[] {
  const found: Blocker[] = [];
  if (option !== "subscribed") {
    const cost = price === undefined ? "" : ` (${price})`;
    const orderable = model?.availableOptions == null || model.availableOptions.includes(SNAPSHOT_OPTION);
    const then = orderable
      ? `Subscribe to it in OVHcloud's control panel under ${name}, or declare a SnapshotOption with an order`
      : "OVHcloud does not offer it for this VPS";
    found.push({
      code: "option-missing",
      message: `the paid snapshot option${cost} is not subscribed (${option}). ${then}`,
      blocks: "all",
      removable: orderable,
    });
  }
  if (BLOCKING_STATES.includes(state)) {
    found.push({ code: "vps-state", message: `the VPS is in state ${state}`, blocks: "all" });
  }
  return found;
}

/** Manual checks in the guest, since the API does not report it. */
export function advice(): string[] {
  return [
    "The API does not report whether qemu-guest-agent runs in the guest. Without it the filesystem may be inconsistent in the snapshot.",
    "Debian, Ubuntu: `file /dev/virtio-ports/org.qemu.guest_agent.0` must find the file, and `service qemu-guest-agent status` must say active. Otherwise: `sudo apt-get install qemu-guest-agent`, then reboot.",
    "Red Hat, CentOS and derivatives: the same two checks. Otherwise: `sudo yum install qemu-guest-agent`, then reboot.",
    "Windows: `Get-Service QEMU-GA` in PowerShell must say Running. Otherwise install the agent from the virtio-win ISO, and reboot.",
    "A restore overwrites the disk and deletes the snapshot.",
  ];
}

export function backupAdvice(backup: { state: string; schedule?: string | null } | undefined): string[] {
  if (backup === undefined) return ["The VPS has no option for automated backups, so it has no restore points."];
  const when = backup.schedule ? `, daily at ${backup.schedule}` : "";
  return [`The automated backup is ${backup.state}${when}. OVHcloud creates and removes its restore points.`];
}
