import type { Command } from "commander";
import { baseOptions } from "../options";
import { version } from "../package";
import type { Session, SessionOptions } from "../session";

export function addVersion(program: Command, session: Session): void {
  const command = program.command("version").description("The versions of snapstate, Node and the operating system.");
  baseOptions(command).action(async (options: SessionOptions) => {
    await session.begin({ ...options, config: undefined, connections: undefined, stack: undefined });
    const data = { snapstate: version(), node: process.versions.node, system: `${process.platform}-${process.arch}` };
    session.show(data, () => `snapstate ${data.snapstate} (Node.js ${data.node}, ${data.system})`);
  });
}
