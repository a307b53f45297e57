import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { fakepveMissing } from "../simulators/proxmox";

const main = join(__dirname, "..", "quickstart", "main.js");

async function quickstart(platform: string, engine: "pulumi" | "demo"): Promise<string> {
  const args = [main, "--platform", platform, "--engine", engine];
  return (await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 })).stdout;
}

/** The output of a quickstart, without what differs between runs or engines. */
async function shown(engine: "pulumi" | "demo"): Promise<string[][]> {
  const stdout = await quickstart("cloudstack", engine);
  assert.match(stdout, engine === "demo" ? /Engine: +the demo engine/ : /Engine: +the Pulumi CLI/);
  return stdout.split("\n--- ").map((part) => {
    const [title = "", ...lines] = part.split("\n");
    const steps = lines.flatMap((line) => {
      const [, sign, type, name, done] =
        /^ ([+~-]+) +(\S+) (\S+) (create|created|updated?|deleted?|replaced?)\b/.exec(line) ?? [];
      return type === undefined || /^pulumi:(pulumi|providers)/.test(type) ? [] : [`${sign} ${type} ${name} ${done}`];
    });
    const checked = lines.filter((line) => line.includes("checked on the platform"));
    const plain = (line: string) => line.replace(/[a-z]+-[a-z]+\b|[0-9a-f-]{36}/g, "*");
    return [title, ...[...new Set(steps)].sort(), ...checked.map(plain)];
  });
}

describe("the quickstart", () => {
  for (const [platform, engine] of [
    ["vsphere", "pulumi"],
    ["cloudmc", "demo"],
    ["ovh-vps", "demo"],
    ["proxmox", "demo"],
  ] as const) {
    it(`shows ${platform} on its simulator, with the engine ${engine}`, async (t) => {
      const why = platform === "proxmox" ? await fakepveMissing() : undefined;
      if (why !== undefined) return t.skip(why);
      assert.match(await quickstart(platform, engine), /checked on the platform: nothing is left/);
    });
  }
});

describe("the demo engine", () => {
  it("shows of the quickstart what the Pulumi CLI shows: the same steps in each part, and the same checks", async () => {
    const [demo, pulumi] = await Promise.all([shown("demo"), shown("pulumi")]);
    assert.ok(pulumi.flat().filter((line) => line.includes("checked on the platform")).length > 4);
    // The first part comes from the engine.
    assert.deepEqual(demo.slice(1), pulumi.slice(1));
  });
});
