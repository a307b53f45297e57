import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { packageTerraform, thisSystem } from "../package/terraform-bundle";
import { proxmox } from "../platforms/proxmox";
import { packageRoot } from "../support/package-root";
import { TofuProject } from "./tofu";
import { succeeds, TofuSite, unwrapped } from "./tofu-site";

const site = new TofuSite(6);
const examples = join(packageRoot(__dirname), "examples", "terraform");

/** Copies an example into the project. */
function copied(project: TofuProject, name: string): void {
  cpSync(join(examples, name), project.folder, { recursive: true });
}

describe("the packaged provider", () => {
  let folder: string;
  let mirror: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "snapstate-package-"));
    ({ mirror } = packageTerraform(join(folder, "terraform"), [thisSystem()]));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("has an archive, its checksum and the registry's manifest", () => {
    const files = readdirSync(join(folder, "terraform")).map((file) => file.replace(/_\d+\.\d+\.\d+[^_]*/, "_VERSION"));
    assert.deepEqual(
      files.sort(),
      [
        "mirror",
        `terraform-provider-snapstate_VERSION_SHA256SUMS`,
        "terraform-provider-snapstate_VERSION_manifest.json",
        `terraform-provider-snapstate_VERSION_${thisSystem()}.zip`,
      ].sort(),
    );
  });

  site.scenario(
    "is found by init in a filesystem mirror, without a network, and takes a snapshot",
    async (tofu, vm) => {
      const dead = "http://127.0.0.1:1";
      const cache = join(folder, "cache");
      mkdirSync(cache);
      const own = { XDG_CACHE_HOME: cache, LOCALAPPDATA: cache };
      const offline = { ...tofu.fromMirror(mirror), ...own, HTTPS_PROXY: dead, HTTP_PROXY: dead };
      tofu.declare(`resource "snapstate_snapshot" "one" {\n  target = "${vm.path}"\n  name = "packaged"\n}\n`);
      succeeds(await tofu.run(["init", "-input=false"], offline));
      succeeds(await tofu.run(["apply", "-auto-approve", "-input=false"], offline));
      assert.deepEqual(await site.names(vm), ["packaged"]);
      succeeds(await tofu.run(["destroy", "-auto-approve", "-input=false"], offline));
      // The starts share one file, and leave nothing else.
      assert.match(readdirSync(join(cache, "snapstate")).join(), /^terraform-[^,]*\.bin$/);
    },
  );
});

describe("the examples for Terraform", () => {
  it("those of the pages are valid, each for itself", async () => {
    const tofu = await TofuProject.open();
    try {
      const files = readdirSync(join(examples, "pages")).filter((file) => file !== "provider.tf");
      assert.ok(files.length > 10);
      // One module for each page, with the provider in the root: a single start of the engine.
      const provider = readFileSync(join(examples, "pages", "provider.tf"), "utf8");
      const required = provider.slice(0, provider.indexOf("variable"));
      const modules = files.map((file) => {
        const name = file.replace(".tf", "");
        mkdirSync(join(tofu.folder, name));
        cpSync(join(examples, "pages", file), join(tofu.folder, name, file));
        writeFileSync(join(tofu.folder, name, "versions.tf"), required);
        return `module "${name}" {\n  source = "./${name}"\n}\n`;
      });
      writeFileSync(join(tofu.folder, "main.tf"), provider + modules.join(""));
      succeeds(await tofu.run(["get"]));
      succeeds(await tofu.run(["validate"]));
    } finally {
      tofu.remove();
    }
  });

  site.scenario("revert: taken, replaced by the next release, reverted to once", async (tofu, vm) => {
    const { host, port, username, password, fingerprint } = site.vcsim;
    copied(tofu, "revert");
    const variables = { endpoint: `${host}:${port}`, username, password, fingerprint, vm: vm.path };
    writeFileSync(join(tofu.folder, "terraform.tfvars.json"), JSON.stringify(variables));
    succeeds(await tofu.apply());
    succeeds(await tofu.apply("-var", "release=v2"));
    assert.deepEqual(await site.names(vm), ["before-release"]);
    succeeds(await tofu.apply("-var", "release=v2", "-var", 'revert=["v2 failed"]'));
    assert.equal((await site.control.calls()).RevertToSnapshot_Task, 1);
    assert.equal((await tofu.plan("-var", "release=v2", "-var", 'revert=["v2 failed"]')).code, 0);
    succeeds(await tofu.destroy());
  });

  it("proxmox: taken, and replaced by the next release's before the old one goes", async (t) => {
    const platform = await proxmox("snapshot");
    if (typeof platform === "string") return t.skip(platform);
    const tofu = await TofuProject.open();
    try {
      copied(tofu, "proxmox");
      const guest = await platform.newTarget();
      const { endpoint, apiToken } = platform.connection;
      const variables = { endpoint, api_token: apiToken, guest: guest.name };
      writeFileSync(join(tofu.folder, "terraform.tfvars.json"), JSON.stringify(variables));
      const names = async () => (await platform.snapshots(guest)).map(({ id }) => id.split("@")[0]);
      succeeds(await tofu.apply());
      assert.equal((await tofu.plan()).code, 0);
      succeeds(await tofu.apply("-var", "release=v2"));
      assert.deepEqual(await names(), ["before-v2"]);
      succeeds(await tofu.destroy());
      assert.deepEqual(await names(), []);
    } finally {
      tofu.remove();
      await platform.close();
    }
  });

  for (const name of ["import", "policy", "many"]) {
    site.scenario(`${name} is planned, applied, and planned again without a change`, async (tofu, vm) => {
      copied(tofu, name);
      const main = readFileSync(join(tofu.folder, "main.tf"), "utf8");
      writeFileSync(
        join(tofu.folder, "main.tf"),
        main.replaceAll("/DC0/vm/DC0_C0_RP0_VM0", vm.path).replace(/, "\/DC0\/vm\/DC0_C0_RP0_VM1"/, ""),
      );
      if (name === "import") await site.control.createSnapshot(vm.moref, { name: "golden" });
      const applied = succeeds(await tofu.apply());
      const planned = await tofu.plan();
      assert.equal(planned.code, 0, unwrapped(applied.output + planned.output));
      succeeds(await tofu.destroy());
    });
  }
});
