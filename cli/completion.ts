import type { Command, Option } from "commander";

/** Each calls `snapstate complete`, so it fits the installed version. Without completions, files are offered. */
export const SCRIPTS = {
  bash: `_snapstate() {
  local IFS=$'\\n'
  COMPREPLY=($(snapstate complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _snapstate snapstate`,
  zsh: `#compdef snapstate
_snapstate() {
  local -a found
  found=("\${(@f)$(snapstate complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
if [[ "$funcstack[1]" = _snapstate ]]; then _snapstate; else compdef _snapstate snapstate; fi`,
  fish: `function __snapstate_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (snapstate complete -- $words[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c snapstate -f -a "(__snapstate_complete)"`,
} as const;

export type Shell = keyof typeof SCRIPTS;

/** Completions of the last word. Empty if a file or a VM is expected. */
export function suggestions(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const command = commandOf(program, before);
  const pending = findOption(command, before.at(-1) ?? "");
  if (pending?.required) return (pending.argChoices ?? []).filter((choice) => choice.startsWith(typed));
  const options = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  const candidates = typed.startsWith("-") ? [...options, "--help"] : namesBelow(command);
  return candidates.filter((candidate) => candidate.startsWith(typed));
}

function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command;
  return command;
}

function findOption(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short }) => word === long || word === short);
}

/** Subcommands, or the choices of an argument. */
function namesBelow(command: Command): string[] {
  const shown = command.createHelp().visibleCommands(command);
  if (shown.length > 0) return shown.map((one) => one.name());
  return command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
}
