/** What a command reads and writes besides the platforms, so that a command can run inside another process. */
export interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
  environment: NodeJS.ProcessEnv;
  /** The working directory. */
  directory: string;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, environment: env, directory: process.cwd() };
}
