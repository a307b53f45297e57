import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { qemuMissing } from "../qemu";
import { packageRoot } from "../support/package-root";
import { GoMissingError } from "../vcsim/go-missing-error";
import { type EngineChoice, pickEngine } from "./engines";
import { qemu } from "./qemu";
import { cloudmc, cloudstack, ovhVps, proxmoxVe } from "./simulated";
import { ClaimError, type Show, say } from "./stage";
import { vsphere } from "./vsphere";

/*
 * Shows the whole life of declared snapshots on a machine that has nothing: the program in the root's index.ts, an
 * engine, and real VMs or a simulator. Every claim is checked on the platform itself, and the first that does not hold ends
 * the quickstart with exit code 1.
 */

const SHOWS = { qemu, vsphere, cloudstack, cloudmc, "ovh-vps": ovhVps, proxmox: proxmoxVe };
type Name = keyof typeof SHOWS;

async function main(): Promise<void> {
  const began = Date.now();
  const { platform, engine: choice } = new Command("quickstart")
    .description("Shows declared snapshots on this machine, from preview to destroy.")
    .addOption(new Option("--platform <name>", "where: real VMs, or a simulator").choices(Object.keys(SHOWS)))
    .addOption(
      new Option("--engine <name>", "the Pulumi CLI, built if need be, or the demo engine").choices(["pulumi", "demo"]),
    )
    .parse()
    .opts<{ platform?: Name; engine?: EngineChoice }>();
  // `npm run check` has the compiler's opinion on the program; each command here would wait for it again.
  process.env.PULUMI_NODEJS_TRANSPILE_ONLY ??= "true";
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const folder = mkdtempSync(join(tmpdir(), "snapstate-quickstart-"));
  let show: Show | undefined;
  try {
    say("snapstate quickstart");
    show = await (platform === undefined ? usual() : SHOWS[platform]());
    const { programDirectory = packageRoot(__dirname) } = show;
    const engine = await pickEngine({ programDirectory, folder, signal: stop.signal }, choice);
    say(`Engine:     ${engine.name}`);
    say(`Hypervisor: ${show.driver}`);
    await show.play(engine);
  } finally {
    await show?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  say(`\nDone in ${Math.round((Date.now() - began) / 1000)} s, and everything is removed again. Next: README.md.`);
}

/** Real VMs where they can be had, a vCenter simulator where Go can build it, and elsewhere one that needs nothing. */
async function usual(): Promise<Show> {
  const missing = qemuMissing();
  if (missing === undefined) return SHOWS.qemu();
  say(`QEMU not found: ${missing}`);
  say("Going on with a simulator of vSphere instead.");
  try {
    return await SHOWS.vsphere();
  } catch (error) {
    if (!(error instanceof GoMissingError)) throw error;
    say(`${error.message}\nGoing on with a simulator of CloudStack, which needs nothing.`);
    return SHOWS.cloudstack();
  }
}

main().catch((error: Error) => {
  process.exitCode = 1;
  const known = error instanceof ClaimError || error instanceof GoMissingError;
  say(`\n${known ? error.message : (error.stack ?? error.message)}`);
});
