import { createInterface } from "node:readline/promises";
import { SnapstateError } from "../provider/core/errors";
import { safe } from "./output/text";
import type { Session } from "./session";

export interface ConfirmOptions {
  yes?: boolean;
  dryRun?: boolean;
}

/**
 * Asks before a change.
 *
 * @param done the text of a refusal: `Nothing created`
 * @returns whether to continue
 * @throws SnapstateError `bad-input` without a terminal
 */
export async function confirmed(
  session: Session,
  question: string,
  done: string,
  options: ConfirmOptions,
): Promise<boolean> {
  if (options.yes && options.dryRun) {
    throw new SnapstateError({ kind: "bad-input", operation: done, detail: "--dry-run and --yes exclude each other" });
  }
  if (options.dryRun) return false;
  if (options.yes) return true;
  requireTerminal(session, done, "pass --dry-run or --yes");
  const answer = await ask(session, `${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  session.warn(`${done}.`);
  return false;
}

/**
 * Like {@link confirmed}, for irreversible changes: the name must be typed.
 *
 * @param stated value of `--confirm`
 */
export async function confirmedByName(
  session: Session,
  name: string,
  done: string,
  { confirm, dryRun }: { confirm?: string; dryRun?: boolean },
): Promise<boolean> {
  if (dryRun) return false;
  if (confirm === undefined) requireTerminal(session, done, `pass --dry-run or --confirm ${JSON.stringify(name)}`);
  const answer = confirm ?? (await ask(session, `Type ${safe(name)} to confirm: `)).trim();
  if (answer === name) return true;
  throw new SnapstateError({
    kind: "bad-input",
    operation: done,
    detail: `${JSON.stringify(answer)} is not ${JSON.stringify(name)}, the name of the target`,
  });
}

function requireTerminal({ terminal }: Session, done: string, detail: string): void {
  if (terminal.stdin.isTTY && terminal.stderr.isTTY) return;
  throw new SnapstateError({ kind: "bad-input", operation: done, detail });
}

async function ask(session: Session, question: string): Promise<string> {
  const lines = createInterface({ input: session.terminal.stdin, output: session.terminal.stderr });
  lines.once("SIGINT", () => session.stop());
  try {
    return await lines.question(question, { signal: session.stopped });
  } catch (cause) {
    throw new SnapstateError({ kind: "cancelled", operation: "ask for a confirmation", detail: "interrupted", cause });
  } finally {
    lines.close();
  }
}
