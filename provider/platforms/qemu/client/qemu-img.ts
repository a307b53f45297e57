import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { IN_FLIGHT, isSnapstateError, SnapstateError } from "../../../core/errors";
import { type OperationContext, throwIfAborted } from "../../../core/operation";

const run = promisify(execFile);

/** Runs qemu-img on disks of powered-off VMs. */
export class QemuImg {
  constructor(private readonly program: string) {}

  /** @throws SnapstateError `busy` when a process has the disk open, `quota` when the storage is full */
  async run(args: string[], call: OperationContext): Promise<string> {
    throwIfAborted(call);
    try {
      const { stdout } = await run(this.program, args, {
        signal: call.signal,
        timeout: Math.ceil(call.deadline.left),
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, LC_ALL: "C" },
      });
      return stdout;
    } catch (error) {
      throw this.failure(error as NodeJS.ErrnoException & { stderr?: string; killed?: boolean }, args, call);
    }
  }

  /**
   * Opens an image for writing without changing it: deletes a snapshot that does not exist. `qemu-img info` is not
   * enough, since it needs neither keys nor locks.
   *
   * @throws SnapstateError why it cannot be opened: locked, encrypted, missing, not permitted, damaged
   */
  async probe(file: string, call: OperationContext): Promise<void> {
    await this.removeIfThere(`snapstate-probe-${randomUUID()}`, file, call);
  }

  /** Removes a snapshot from an image that may not have it. */
  async removeIfThere(tag: string, file: string, call: OperationContext): Promise<void> {
    try {
      await this.run(["snapshot", "-d", tag, file], call);
    } catch (error) {
      if (isSnapstateError(error, "task-failed") && /snapshot not found/.test(error.detail ?? "")) return;
      throw error;
    }
  }

  private failure(
    error: NodeJS.ErrnoException & { stderr?: string; killed?: boolean },
    args: string[],
    call: OperationContext,
  ): SnapstateError {
    const { operation } = call;
    if (error.code === "ENOENT") {
      const detail = `the program ${this.program} does not exist`;
      const hint = "Install it (Debian: qemu-utils), or set the connection's qemuImg";
      return new SnapstateError({ kind: "unsupported", operation, detail, hint });
    }
    if (call.signal.aborted) {
      return new SnapstateError({ kind: "cancelled", operation, detail: "cancelled", code: IN_FLIGHT });
    }
    if (error.killed) {
      return new SnapstateError({
        kind: "lost-reply",
        operation,
        detail: `qemu-img ${args[0]} took too long`,
      });
    }
    const message = (error.stderr ?? error.message).trim().split("\n").at(-1) ?? "";
    if (/Failed to get .* lock/.test(message)) {
      return new SnapstateError({
        kind: "busy",
        operation,
        detail: message,
        hint: "Another process has the disk open",
      });
    }
    if (/No space left/.test(message)) {
      return new SnapstateError({
        kind: "quota",
        operation,
        detail: message,
        hint: "Free space on the storage",
      });
    }
    if (/key-secret' is required/.test(message)) {
      const hint = "The image is encrypted: run again while the VM is running, since QEMU has the key";
      return new SnapstateError({ kind: "unsupported", operation, detail: message, hint });
    }
    if (/Permission denied/.test(message)) {
      const hint = "Run as a user that may write to the VM's disks";
      return new SnapstateError({ kind: "permission", operation, detail: message, hint });
    }
    return new SnapstateError({ kind: "task-failed", operation, detail: message });
  }
}
