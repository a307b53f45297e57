import { ENGINES, EngineMissingError, getEngine } from "./engines";

/** `npm run engines` finds or builds the engines that the tests use. */
async function main(): Promise<void> {
  for (const name of ENGINES) {
    const { path, version, from } = await getEngine(name);
    process.stdout.write(`${name} ${version}: ${path}${from === "PATH" ? " (on the PATH)" : ""}\n`);
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error instanceof EngineMissingError ? error.message : error.stack}\n`);
  process.exitCode = 1;
});
