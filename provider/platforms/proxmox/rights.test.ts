import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { tableOf } from "../../../testing/docs/markdown";
import { driverOf } from "../../../testing/platforms";
import { type ProxmoxPlatform, proxmox } from "../../../testing/platforms/proxmox";
import { packageRoot } from "../../../testing/support/package-root";
import { isSnapstateError } from "../../core/errors";

const page = readFileSync(join(packageRoot(__dirname), "docs", "platforms", "proxmox.md"), "utf8");

type Privileges = [path: string, names: string[]][];

/** What the page's `pveum` commands grant the user and its token. */
function granted(): { user: Privileges; token: Privileges } {
  const roles = new Map(
    [...page.matchAll(/^pveum role add (\w+) --privs "([^"]+)"$/gm)].map(([, role = "", names = ""]) => [
      role,
      names.split(" "),
    ]),
  );
  const of = (who: string): Privileges =>
    [...page.matchAll(new RegExp(`^pveum acl modify (\\S+) --${who} \\S+ --roles (\\w+)$`, "gm"))].map(
      ([, path = "", role = ""]) => [path, roles.get(role) ?? []],
    );
  return { user: of("users"), token: of("tokens") };
}

/** All that the driver does, on a running guest in the pool `production`. @returns kinds of the failures */
async function everything(platform: ProxmoxPlatform): Promise<string[]> {
  const driver = driverOf(platform);
  const call = () => testCall();
  const id = `qemu/${await platform.simulator.add("qemu", "rights", { status: "running", pool: "production" })}`;
  const failed: string[] = [];
  const tried = (work: Promise<unknown>) =>
    work.catch((error: unknown) => {
      if (!isSnapstateError(error)) throw error;
      failed.push(error.kind);
    });
  try {
    await tried(driver.inspect("snapshot", id, call(), { readiness: true }));
    const spec = { name: "rights", description: "", memory: false };
    await tried(driver.createSnapshot("snapshot", id, spec, call()));
    const [one] = await platform.snapshots({ id, name: "rights" });
    const ref = { targetId: id, snapshotId: one?.id ?? "none@0" };
    await tried(driver.editSnapshot("snapshot", ref, { text: { description: "words" } }, call()));
    await tried(driver.revertToSnapshot("snapshot", ref, { suppressPowerOn: false }, call()));
    await tried(driver.removeSnapshot("snapshot", ref, { removeChildren: false, consolidate: true }, call()));
    return failed;
  } finally {
    await driver.close();
    await platform.removeTarget({ id, name: "rights" });
  }
}

it("the rights on the page of Proxmox VE are enough, and none that is not optional is too much", async (t) => {
  const platform = await proxmox("snapshot");
  if (typeof platform === "string") return t.skip(platform);
  const rows = tableOf(page, "Right").rows.map(({ Right = "", For = "" }) => ({
    right: Right.replaceAll("`", ""),
    optional: /^optional/.test(For),
  }));
  const needed = rows.filter(({ optional }) => !optional).map(({ right }) => right);
  const grant = (rights: string[]) => platform.simulator.rights([["/vms", rights]]);
  try {
    assert.deepEqual(needed, ["VM.Audit", "VM.Snapshot", "VM.PowerMgmt"]);
    await grant(needed);
    assert.deepEqual(await everything(platform), []);
    for (const right of needed) {
      await grant(needed.filter((other) => other !== right));
      assert.ok((await everything(platform)).includes("permission"), right);
    }
  } finally {
    await platform.close();
  }
});

it("the pveum commands on the page grant what is needed, and the sight of the storages", async (t) => {
  const platform = await proxmox("snapshot");
  if (typeof platform === "string") return t.skip(platform);
  const { simulator } = platform;
  const { user, token } = granted();
  const driver = driverOf(platform);
  try {
    await simulator.fake.do("storage", { name: "page-zfs", type: "zfspool" });
    await simulator.rights(user, token);
    assert.deepEqual(await everything(platform), []);
    const guest = { pool: "production", config: { scsi0: "page-zfs:vm-1-disk-0" } };
    const id = `qemu/${await simulator.add("qemu", "on-zfs", guest)}`;
    const look = () => driver.inspect("snapshot", id, testCall(), { readiness: true });
    assert.equal((await look()).newestOnly, true);
    // A token with privilege separation needs both lists.
    await simulator.rights(user, []);
    assert.notDeepEqual(await everything(platform), []);
    await simulator.rights([], token);
    assert.notDeepEqual(await everything(platform), []);
  } finally {
    await driver.close();
    await platform.close();
  }
});
