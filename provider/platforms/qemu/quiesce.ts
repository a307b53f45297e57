import { access } from "node:fs/promises";
import { asSnapstateError, isSnapstateError } from "../../core/errors";
import { type OperationContext, raceAbort } from "../../core/operation";
import { GuestAgent } from "./client/agent";
import type { Vm } from "./vms";

/** Milliseconds for an agent to say that it is there. */
const PRESENT = 3000;

/** The agent's socket: beside the QMP socket, with the ending `.qga`. */
function agentSocket({ socket }: Vm): string {
  return socket.replace(/\.[^./]*$/, ".qga");
}

/**
 * Whether the guest can be frozen now, and what is missing if not.
 * @throws SnapstateError `timeout` or `cancelled` when the call is over before the agent has answered
 */
export async function quiesceReady(vm: Vm, call: OperationContext): Promise<{ ready: boolean; reason?: string }> {
  const path = agentSocket(vm);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return { ready: false, reason: `there is no guest agent socket ${path}` };
  try {
    const asked = new GuestAgent(path, "look for the guest agent").ask(PRESENT, "guest-fsfreeze-status");
    const [state] = await raceAbort(call, asked);
    if (state === "thawed") return { ready: true };
    const reason =
      state === "frozen"
        ? "its filesystems are frozen already"
        : "its guest agent does not say in which state its filesystems are";
    return { ready: false, reason };
  } catch (error) {
    if (isSnapstateError(error, "timeout", "cancelled")) throw error;
    return { ready: false, reason: asSnapstateError(error, "look for the guest agent").detail ?? "no answer" };
  }
}

/**
 * Does work while the guest's filesystems are frozen, and thaws them whatever happens. A guest that cannot be frozen is a
 * downgrade, which the caller sees by the answer: whether that will do is not the driver's to say.
 *
 * @param limit milliseconds for freezing and for thawing
 * @returns whether the filesystems were frozen all the while
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
    // The freeze may have begun after all.
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

/** @returns whether they were frozen until now: a guest may thaw by itself when it is held too long (Windows: ten seconds) */
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
