import { existsSync } from "node:fs";
import { platform } from "node:os";
import { delimiter, join } from "node:path";

export const QEMU = "qemu-system-x86_64";

/** Why QEMU is unavailable, as a message for users and the reason to skip tests; undefined if it is installed. */
export function qemuMissing(): string | undefined {
  if (platform() === "win32") return "QEMU is reached by unix sockets, which its Windows build does not have";
  const absent = [QEMU, "qemu-img"].filter((program) => !onPath(program));
  if (absent.length === 0) return undefined;
  return `${absent.join(" and ")} not found on the PATH. Install QEMU with: ${installCommand()}`;
}

/** The command that installs QEMU on this system, if known. */
export function installCommand(): string {
  if (platform() === "darwin") return "brew install qemu";
  if (onPath("apt-get")) return "sudo apt-get install --no-install-recommends qemu-system-x86 qemu-utils";
  if (onPath("dnf")) return "sudo dnf install qemu-system-x86-core qemu-img";
  if (onPath("pacman")) return "sudo pacman -S qemu-system-x86 qemu-img";
  if (onPath("apk")) return "sudo apk add qemu-system-x86_64 qemu-img";
  if (onPath("zypper")) return "sudo zypper install qemu-x86 qemu-tools";
  return "the packages of your system that bring qemu-system-x86_64 and qemu-img";
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, program)));
}
