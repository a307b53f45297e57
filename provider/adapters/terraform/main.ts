import { redact } from "../../core/errors/redact";
import { keepEnvironmentOutOfReports } from "../../core/errors/report";
import { startProvider } from "./server";

/*
 * The executable terraform-provider-snapstate. Terraform and OpenTofu start it, and read where it listens from the first line of its
 * output.
 */

/** By which an engine shows that it is one. */
const MAGIC = {
  name: "TF_PLUGIN_MAGIC_COOKIE",
  value: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
};
const PROTOCOL = "6";

/** How often it is asked whether the engine still lives, in milliseconds. */
const WATCH = 1000;

const BY_HAND =
  "This is snapstate's provider for Terraform and OpenTofu. They start it by themselves: declare it under required_providers and run\n" +
  "`tofu init`. See docs/terraform/index.md.\n";

async function main(): Promise<void> {
  if (process.env[MAGIC.name] !== MAGIC.value) {
    process.stderr.write(BY_HAND);
    process.exitCode = 1;
    return;
  }
  keepEnvironmentOutOfReports();
  const { PLUGIN_PROTOCOL_VERSIONS: versions = PROTOCOL, PLUGIN_CLIENT_CERT: client } = process.env;
  if (!versions.split(",").includes(PROTOCOL))
    throw new Error(`the engine speaks protocol ${versions}, and snapstate ${PROTOCOL}`);
  if (!client) throw new Error("the engine has sent no certificate (PLUGIN_CLIENT_CERT)");

  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    const exit = () => process.exit(0);
    void provider.stop().then(exit, exit);
  };
  const provider = await startProvider(client, end);
  process.stdout.write(`${provider.handshake}\n`);
  // Whatever a library prints must not be taken for something else.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;

  // An interrupt reaches the whole group of processes. The engine tells with StopProvider what is to be done about it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", end);
  // An engine that was killed ends nobody.
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) end();
  }, WATCH).unref();
}

main().catch((error: unknown) => {
  process.stderr.write(
    `terraform-provider-snapstate: ${redact(error instanceof Error ? error.message : String(error))}\n`,
  );
  process.exitCode = 1;
});
