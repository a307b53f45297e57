import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, test } from "node:test";
import { packageRoot } from "../support/package-root";
import { goBinary } from "../vcsim/go-binary";
import { GoMissingError } from "../vcsim/go-missing-error";
import { rawCall } from "./cloudstack/raw-client";
import { fakepveMissing } from "./proxmox";
import { OFFERED } from "./simulator-registry";

/** Why the vSphere simulator cannot be built. */
async function goMissing(): Promise<string | undefined> {
  try {
    await goBinary();
    return undefined;
  } catch (error) {
    if (error instanceof GoMissingError) return error.message;
    throw error;
  }
}

describe("npm run simulator", () => {
  const running: ChildProcess[] = [];
  afterEach(() => {
    for (const child of running.splice(0)) child.kill("SIGKILL");
  });

  function start(...words: string[]): ChildProcess {
    const child = spawn(process.execPath, [join(__dirname, "main.js"), ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.push(child);
    return child;
  }

  async function firstLine(child: ChildProcess): Promise<string> {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [line] = await once(lines, "line");
    lines.close();
    return line;
  }

  for (const platform of Object.keys(OFFERED)) {
    test(`${platform}: says how to connect, and ends cleanly on SIGINT`, async (t) => {
      if (platform === "proxmox") {
        const why = await fakepveMissing();
        if (why !== undefined) return t.skip(why);
      }
      if (platform === "vsphere") {
        const why = await goMissing();
        if (why !== undefined) return t.skip(why);
      }
      const child = start(platform, "--json");
      const { connection, contents, pid } = JSON.parse(await firstLine(child));
      assert.equal(connection.platform, platform);
      assert.equal(pid, child.pid);
      assert.ok(contents.length > 0);
      const { port } = new URL(connection.endpoint);
      const socket = connect(Number(port), "127.0.0.1");
      await once(socket, "connect");
      child.kill("SIGINT");
      const [code, signal] = await once(child, "exit");
      assert.deepEqual([code, signal], [0, null], "an open connection does not keep it");
      socket.destroy();
    });
  }

  test("vsphere: has the VMs that README.md's program names", async (t) => {
    const why = await goMissing();
    if (why !== undefined) return t.skip(why);
    const { contents } = JSON.parse(await firstLine(start("vsphere", "--json")));
    const readme = readFileSync(join(packageRoot(__dirname), "README.md"), "utf8");
    const named = new Set([...readme.matchAll(/"(\/DC0\/[^"]+)"/g)].map((match) => match[1] as string));
    assert.ok(named.size > 0);
    for (const path of named)
      assert.ok(
        contents.some((line: string) => line.includes(`${path} `)),
        path,
      );
  });

  test("the printed connection works", async () => {
    const { connection } = JSON.parse(await firstLine(start("cloudstack", "--json")));
    const reply = await rawCall(connection, { command: "listVirtualMachines" });
    assert.equal(
      (reply.body as { listvirtualmachinesresponse: { count: number } }).listvirtualmachinesresponse.count,
      2,
    );
  });

  test("for people: the environment variables", async () => {
    const child = start("cloudstack");
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      lines.push(line);
      if (line.includes("SNAPSTATE_DEFAULT_SECRET_KEY=")) break;
    }
    assert.ok(
      lines.some((line) => line.startsWith('  export SNAPSTATE_CONNECTIONS=\'{"default":{"platform":"cloudstack"')),
    );
    assert.ok(lines.some((line) => line.startsWith("  export SNAPSTATE_DEFAULT_API_KEY='")));
  });

  test("refuses what it does not know", async () => {
    for (const words of [["openstack"], [], ["cloudstack", "--port", "99999"]]) {
      const [code] = await once(start(...words), "exit");
      assert.equal(code, 1, words.join(" "));
    }
  });
});
