import { access } from "node:fs/promises";
import { asSnapstateError, isSnapstateError } from "../../core/errors";
import { type OperationContext, raceAbort } from "../../core/operation";
import { GuestAgent } from "./client/agent";
import type { Vm } from "./vms";

/** Milliseconds for an agent's first reply. */
const PRESENT = 3000;

/** The agent's socket: beside the QMP socket, with the ending `.qga`. */
function agentSocket({ socket }: Vm): string {
  return socket.replace(/\.[^./]*$/, ".qga");
}

/**
 * Whether the guest can be frozen now, and what is missing if not.
 * @throws SnapstateError `timeout` or `cancelled` when the call ends before the agent answers
 */
export async function quiesceReady(vm: Vm, call: OperationContext): Promise<{ ready: boolean; reason?: string }> {
  const path = agentSocket(vm);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return { ready: false, reason: `the guest agent socket ${path} does not exist` };
  try {
    const answer = new GuestAgent(path, "check the guest agent").ask(PRESENT, "guest-fsfreeze-status");
    const [state] = await raceAbort(call, answer);
    if (state === "thawed") return { ready: true };
    const reason =
      state === "frozen"
        ? "its filesystems are frozen already"
        : "its guest agent does not report the state of its filesystems";
    return { ready: false, reason };
  } catch (error) {
    if (isSnapstateError(error, "timeout", "cancelled")) throw error;
    return { ready: false, reason: asSnapstateError(error, "check the guest agent").detail ?? "no answer" };
  }
}

/**
 * Runs work while the guest's filesystems are frozen, and always thaws them. If the guest cannot be frozen, the result
 * says so and the caller decides whether that is acceptable.
 *
 * @param limit milliseconds for freezing and for thawing
 * @returns whether the filesystems were frozen throughout
 */
export async function frozen(
  vm: Vm,
  limit: number,
  call: OperationContext,
  work: () => Promise<void>,
): Promise<boolean> {
  const agent = new GuestAgent(agentSocket(vm), call.operation);
  let held = false;
  try {
    const [count] = await agent.ask(limit, "guest-fsfreeze-freeze");
    held = typeof count === "number" && count > 0;
  } catch (error) {
    call.report({ message: `not quiesced: ${asSnapstateError(error, call.operation).detail}`, severity: "warning" });
    // The freeze may have started.
    await agent.ask(PRESENT, "guest-fsfreeze-thaw").catch(() => undefined);
  }
  if (!held) {
    await work();
    return false;
  }
  try {
    await work();
  } finally {
    held = await thaw(agent, limit, call);
  }
  return held;
}

/** @returns whether they were frozen until now: a guest may thaw by itself after a limit (Windows: ten seconds) */
async function thaw(agent: GuestAgent, limit: number, call: OperationContext): Promise<boolean> {
  try {
    const [state, count] = await agent.ask(limit, "guest-fsfreeze-status", "guest-fsfreeze-thaw");
    return state === "frozen" && typeof count === "number" && count > 0;
  } catch (error) {
    const message = `the guest may still be frozen: ${asSnapstateError(error, call.operation).detail}. Run guest-fsfreeze-thaw`;
    call.report({ message, severity: "warning" });
    return false;
  }
}
