import { dirname, join } from "node:path";
import {
  type CompilerOptions,
  createCompilerHost,
  createProgram,
  type Diagnostic,
  flattenDiagnosticMessageText,
  getPreEmitDiagnostics,
  type Program,
  parseJsonConfigFileContent,
  readConfigFile,
  type SourceFile,
  sys,
} from "typescript";

/** Parsed library files by name and parse options: all projects use the same libraries. */
const parsed = new Map<string, SourceFile | undefined>();

/**
 * Compiles a project with its tsconfig.json, as `tsc -p` does. A separate process would parse the same libraries each
 * time.
 *
 * @param of files to check. @default all
 * @returns the compiler's messages, one in each line
 */
export function compile(folder: string, of?: (file: string) => boolean): string[] {
  const file = join(folder, "tsconfig.json");
  const { config, error } = readConfigFile(file, sys.readFile);
  if (error !== undefined) return [lineOf(error)];
  const { options, fileNames, errors } = parseJsonConfigFileContent(config, sys, dirname(file));
  const program = createProgram({ rootNames: fileNames, options: { ...options, noEmit: true }, host: hostOf(options) });
  return [...errors, ...(of === undefined ? getPreEmitDiagnostics(program) : checked(program, of))].map(lineOf);
}

function checked(program: Program, of: (file: string) => boolean): readonly Diagnostic[] {
  const files = program.getSourceFiles().filter(({ fileName }) => of(fileName));
  return [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((one) => [...program.getSyntacticDiagnostics(one), ...program.getSemanticDiagnostics(one)]),
  ];
}

function hostOf(options: CompilerOptions) {
  const host = createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, how, ...rest) => {
    const key = JSON.stringify([name, how, options.module]);
    if (!/[/\\]node_modules[/\\]/.test(name)) return getSourceFile(name, how, ...rest);
    if (!parsed.has(key)) parsed.set(key, getSourceFile(name, how, ...rest));
    return parsed.get(key);
  };
  return host;
}

function lineOf({ file, messageText }: Diagnostic): string {
  return `${file?.fileName ?? "tsconfig.json"}: ${flattenDiagnosticMessageText(messageText, "\n")}`;
}
