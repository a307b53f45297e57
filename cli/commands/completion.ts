import { Argument, type Command } from "commander";
import { SCRIPTS, type Shell, suggestions } from "../completion";
import type { Session } from "../session";

export function addCompletion(program: Command, session: Session): void {
  program
    .command("completion")
    .description("Prints a script for a shell to load, such as `source <(snapstate completion bash)`.")
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(SCRIPTS)))
    .action((shell: Shell) => session.print(SCRIPTS[shell]));
  program
    .command("complete", { hidden: true })
    .description("Completions of a command line, one per line, for the scripts above.")
    .argument("[words...]", "the words after `snapstate`; the last is incomplete")
    .allowUnknownOption()
    .helpOption(false)
    .action((words: string[]) => {
      const found = suggestions(program, words);
      if (found.length > 0) session.print(found.join("\n"));
    });
}
