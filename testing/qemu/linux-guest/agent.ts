import { connect, type Socket } from "node:net";
import { sleep } from "../../../provider/core/operation";

/** Sends one command to a guest agent, on its own connection: QEMU's socket serves one client at a time. */
export async function askAgent<T = unknown>(
  socketPath: string,
  command: string,
  args: object = {},
  milliseconds = 10_000,
): Promise<T> {
  const socket = connect(socketPath);
  const timer = setTimeout(
    () => socket.destroy(new Error(`no answer to ${command} in ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    const next = replies(socket);
    const mark = Math.floor(Math.random() * 1e9);
    // The byte 255 makes the agent discard the partial command of an earlier client, and is echoed before the answer.
    socket.write(Buffer.concat([Buffer.from([0xff]), line("guest-sync-delimited", { id: mark })]));
    while ((await next()).return !== mark);
    socket.write(line(command, args));
    const { return: value, error } = await next();
    if (error) throw new Error(error.desc);
    return value as T;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Waits until the guest has booted and its agent answers, which is slow on a busy machine without KVM. */
export async function agentAnswers(socketPath: string, milliseconds = 120_000): Promise<void> {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      return await askAgent(socketPath, "guest-ping", {}, 1_500);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(100);
    }
  }
}

/** Runs a shell command in the guest and returns its output. Impossible while the guest is frozen. */
export async function inGuest(socketPath: string, script: string): Promise<string> {
  const how = { path: "/bin/sh", arg: ["-c", script], "capture-output": true };
  const { pid } = await askAgent<{ pid: number }>(socketPath, "guest-exec", how);
  for (;;) {
    type Status = { exited: boolean; exitcode?: number; "out-data"?: string; "err-data"?: string };
    const status = await askAgent<Status>(socketPath, "guest-exec-status", { pid });
    if (!status.exited) {
      await sleep(20);
      continue;
    }
    const text = (data = "") => Buffer.from(data, "base64").toString();
    if (status.exitcode !== 0) throw new Error(`${script}: ${text(status["err-data"])}`);
    return text(status["out-data"]);
  }
}

/** Whether the guest's file systems are frozen. */
export async function frozen(socketPath: string): Promise<boolean> {
  return (await askAgent(socketPath, "guest-fsfreeze-status")) === "frozen";
}

const line = (execute: string, args: object) => Buffer.from(`${JSON.stringify({ execute, arguments: args })}\n`);

type Reply = { return?: unknown; error?: { desc: string } };

function replies(socket: Socket): () => Promise<Reply> {
  const ready: Reply[] = [];
  const waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  let buffer = "";
  let over: Error | undefined;
  const end = (error: Error) => {
    over ??= error;
    for (const { reject } of waiting.splice(0)) reject(over);
  };
  // In latin1 the byte 255 is one character.
  socket.setEncoding("latin1").on("data", (text: string) => {
    const lines = (buffer + text).replaceAll("\xff", "").split("\n");
    buffer = lines.pop() ?? "";
    for (const one of lines.filter((part) => part.trim() !== "")) {
      const reply = JSON.parse(one) as Reply;
      const first = waiting.shift();
      if (first) first.resolve(reply);
      else ready.push(reply);
    }
  });
  socket.on("error", end).on("close", () => end(new Error("the guest agent's socket was closed")));
  return () =>
    new Promise((resolve, reject) => {
      const reply = ready.shift();
      if (reply) resolve(reply);
      else if (over) reject(over);
      else waiting.push({ resolve, reject });
    });
}
