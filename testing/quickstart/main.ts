import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { qemuMissing } from "../qemu";
import { packageRoot } from "../support/package-root";
import { goBinaryOrGo } from "../vcsim/go-binary";
import { GoMissingError } from "../vcsim/go-missing-error";
import { type EngineChoice, pickEngine, type QuickstartEngine } from "./engines";
import { Interrupt } from "./interrupt";
import { nextSteps } from "./next-steps";
import { qemu } from "./qemu";
import { cloudmc, cloudstack, ovhVps, proxmoxVe } from "./simulated";
import { ClaimError, type Show, say } from "./stage";
import { vsphere } from "./vsphere";

/*
 * Shows the life of declared snapshots on a machine without any set-up: the program in the root's index.ts, an engine,
 * and real VMs or a simulator. Every claim is checked on the platform itself; the first that fails ends the quickstart
 * with exit code 1.
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
  // `npm run check` compiles the program; here each command would wait for the compiler again.
  process.env.PULUMI_NODEJS_TRANSPILE_ONLY ??= "true";
  const interrupt = new Interrupt();
  const folder = mkdtempSync(join(tmpdir(), "snapstate-quickstart-"));
  let starting: Promise<Show> | undefined;
  let show: Show | undefined;
  const clean = async () => {
    // If nothing is waited for, processes that are still starting end with this one.
    if (!interrupt.killSignal.aborted) await starting?.catch(() => undefined);
    await show?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    say("snapstate quickstart");
    const name = platform ?? (await usual());
    starting = SHOWS[name]().then((started) => {
      show = started;
      return started;
    });
    const { driver, seen, play, programDirectory = packageRoot(__dirname) } = await interrupt.race(starting);
    const options = { programDirectory, folder, signal: interrupt.signal, killSignal: interrupt.killSignal };
    const engine = await interrupt.race(pickEngine(options, choice));
    say(`Engine:     ${engine.name}`);
    say(`Hypervisor: ${driver}`);
    await interrupt.race(play(tracked(engine, interrupt)));
    await clean();
    say(`\nDone in ${Math.round((Date.now() - began) / 1000)} s. Everything is removed again.`);
    say(`You saw: ${seen}.\n\n${nextSteps(name)}`);
  } catch (error) {
    await clean();
    if (!interrupt.signal.aborted) throw error;
    say("\nInterrupted. Everything is removed.");
    // Cancelled work must not keep the process alive.
    process.exit(130);
  }
}

function tracked(engine: QuickstartEngine, interrupt: Interrupt): QuickstartEngine {
  return {
    name: engine.name,
    configure: (...args) => interrupt.track(engine.configure(...args)),
    run: (command) => interrupt.track(engine.run(command)),
  };
}

/**
 * Real VMs if QEMU is installed, the vCenter simulator if it is built or Go is installed, otherwise a simulator without
 * requirements.
 */
async function usual(): Promise<Name> {
  const missing = qemuMissing();
  if (missing === undefined) return "qemu";
  const withGo = await goBinaryOrGo();
  say(`No real VMs: ${missing}`);
  say(
    `Showing a simulator of ${withGo ? "vSphere" : "CloudStack"} instead${withGo ? "" : "; with Go installed, one of vSphere"}.`,
  );
  return withGo ? "vsphere" : "cloudstack";
}

main().catch((error: Error) => {
  process.exitCode = 1;
  const known = error instanceof ClaimError || error instanceof GoMissingError;
  say(`\n${known ? error.message : (error.stack ?? error.message)}`);
});
