import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { platformNames } from "../../provider/platforms/registry";
import { packageRoot } from "../support/package-root";
import { anchors, tables } from "./markdown";

const root = packageRoot(__dirname);
const pageOf = (platform: string) => readFileSync(join(root, "docs", "platforms", `${platform}.md`), "utf8");

/** The texts in backticks in one column of the tables under "Rights". */
function documented(platform: string, column: string): string[] {
  const [, section = ""] = pageOf(platform).split(/^## Rights$/m);
  const [rights = ""] = section.split(/^## /m);
  const cells = tables(rights).flatMap(({ rows }) => rows.map((row) => row[column] ?? ""));
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string)).sort();
}

/** The source of a driver and its client, without its tests. */
function sourceOf(platform: string): string {
  const folder = join(root, "provider", "platforms", platform);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
}

function all(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name as string))].sort();
}

/*
 * A missing right fails in production, and an unnecessary one is too much. The rights of OVHcloud and CloudMC are
 * checked against the requests of their drivers, by rights.test.ts in their folders.
 */
describe("the rights on the pages of the platforms", () => {
  it("are on every page", () => {
    for (const platform of platformNames()) assert.ok(anchors(pageOf(platform)).includes("rights"), platform);
  });

  it("vSphere: every method that the client can send, and no other", () => {
    const sent = all(sourceOf("vsphere"), /\brequest\(\s*"(\w+)"/g);
    assert.ok(sent.length > 10);
    assert.deepEqual(documented("vsphere", "Calls"), sent);
  });

  it("vSphere: a privilege for every method but those of the session", () => {
    const [, section = ""] = pageOf("vsphere").split(/^## Rights$/m);
    const [table] = tables(section);
    assert.ok(table);
    for (const { Calls, Privilege = "" } of table.rows) {
      if (!Calls?.includes("`Login`")) assert.match(Privilege, /^`(System|VirtualMachine\.State)\.\w+`/, Calls);
    }
  });

  it("CloudStack: every command that the driver sends, and no other", () => {
    const verbs = "list|create|delete|revert|query|attach|detach|update|register|restore|copy|extract|start|stop";
    const words = all(sourceOf("cloudstack"), new RegExp(`"((?:${verbs})[A-Z]\\w+)"`, "g"));
    // Some names are fields of replies and not commands; those that begin with these verbs are commands.
    assert.ok(words.length > 15);
    assert.deepEqual(documented("cloudstack", "Commands"), words);
  });

  it("QEMU: every command that the driver sends to a monitor or an agent, and no other", () => {
    const source = sourceOf("qemu");
    const plain = /"((?:query|guest|job|block|blockdev)-[a-z-]+|qmp_capabilities|transaction|cont|stop)"/g;
    // An argument of jobs, and a VM state.
    const sent = all(source, plain).filter((word) => word !== "job-id");
    // The operation is inserted.
    assert.match(source, /`snapshot-\$\{operation\}`/);
    assert.deepEqual(
      documented("qemu", "Commands"),
      [...sent, ...["save", "load", "delete"].map((operation) => `snapshot-${operation}`)].sort(),
    );
  });
});
