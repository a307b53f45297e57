import { redact } from "../../core/errors/redact";
import { keepEnvironmentOutOfReports } from "../../core/errors/report";
import { onParentExit } from "../on-parent-exit";
import { startProvider } from "./server";

/**
 * The executable terraform-provider-snapstate. Terraform and OpenTofu start it and read its address from the first
 * line of its output.
 */

/** The cookie by which an engine identifies itself. */
const MAGIC = {
  name: "TF_PLUGIN_MAGIC_COOKIE",
  value: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
};
const PROTOCOL = "6";

/** Where the engines look for a provider whose source names no registry. */
const REGISTRIES = ["registry.opentofu.org", "registry.terraform.io"];

const BY_HAND =
  "This is snapstate's provider for Terraform and OpenTofu. They start it themselves: declare it under required_providers and run\n" +
  "`tofu init`. See docs/terraform/index.md. To debug it, start it with --debug.\n";

async function main(): Promise<void> {
  if (process.argv.includes("--debug")) return debug();
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
  // Output of libraries must not be mistaken for the handshake line.
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  setImmediate(provider.prepare);

  // An interrupt reaches the whole process group; the engine decides and sends StopProvider.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", end);
  onParentExit(end);
}

/**
 * Serves engines that find it by TF_REATTACH_PROVIDERS, until it is interrupted or its parent ends. Each ConfigureProvider starts a new
 * session, as a new process would; several configurations of the provider at once (aliases) would share one.
 */
async function debug(): Promise<void> {
  keepEnvironmentOutOfReports();
  const { address, stop } = await startProvider(undefined, () => {});
  const provider = {
    ...{ Protocol: "grpc", ProtocolVersion: Number(PROTOCOL), Pid: process.pid, Test: true },
    Addr: { Network: "tcp", String: address },
  };
  const reattach = Object.fromEntries(REGISTRIES.map((registry) => [`${registry}/snapstate/snapstate`, provider]));
  process.stdout.write(`TF_REATTACH_PROVIDERS='${JSON.stringify(reattach)}'\n`);
  const end = () => void stop().finally(() => process.exit(0));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  onParentExit(end);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `terraform-provider-snapstate: ${redact(error instanceof Error ? error.message : String(error))}\n`,
  );
  process.exitCode = 1;
});
