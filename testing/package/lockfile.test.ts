import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../support/package-root";

interface Manifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

/** An entry of `packages`. https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  hasInstallScript?: boolean;
  dev?: boolean;
}

const root = packageRoot(__dirname);
const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));
const manifest: Manifest = read("package.json");
const lock: { lockfileVersion: number; packages: Record<string, Locked> } = read("package-lock.json");
const installed = Object.entries(lock.packages).filter(([path, { link }]) => path !== "" && !link);

describe("package-lock.json", () => {
  it("asks for what package.json asks for", () => {
    const { name, version, dependencies, devDependencies, peerDependencies } = manifest;
    const own = lock.packages[""] as unknown as Manifest;
    assert.equal(lock.lockfileVersion, 3);
    assert.deepEqual(
      {
        name: own.name,
        version: own.version,
        dependencies: own.dependencies,
        devDependencies: own.devDependencies,
        peerDependencies: own.peerDependencies,
      },
      { name, version, dependencies, devDependencies, peerDependencies },
    );
  });

  it("has each of them in the version that is asked for", () => {
    for (const [name, wanted] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const entry = lock.packages[`node_modules/${name}`];
      if (wanted.startsWith("file:")) assert.equal(entry?.link, true, name);
      else assert.equal(entry?.version, wanted, name);
    }
  });

  it("has a strong hash for every package", () => {
    assert.ok(installed.length > 100);
    const weak = installed.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ""));
    assert.deepEqual(weak, []);
  });

  it("names no host to fetch from, so that npm asks the registry it is set to", () => {
    assert.deepEqual(
      installed.filter(([, { resolved }]) => resolved !== undefined),
      [],
    );
  });

  it("links nothing but this package itself", () => {
    const links = Object.entries(lock.packages).filter(([, { link }]) => link);
    assert.deepEqual(
      links.map(([path, { resolved }]) => [path, resolved]),
      [["node_modules/snapstate", ""]],
    );
  });
});

describe("package.json", () => {
  it("pins what runs with a user's credentials to one version each", () => {
    for (const [name, wanted] of Object.entries(manifest.dependencies)) assert.match(wanted, /^\d+\.\d+\.\d+$/, name);
    for (const [name, wanted] of Object.entries(manifest.devDependencies))
      assert.match(wanted, name === manifest.name ? /^file:\.$/ : /^\d+\.\d+\.\d+$/, name);
  });

  it("brings no package that runs a script when it is installed", () => {
    const scripts = installed.filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev);
    // Dependencies of @pulumi/pulumi, a peer that every Pulumi program has.
    // @pulumi/pulumi's own, which every Pulumi program has: it is a peer.
    assert.deepEqual(
      scripts.map(([path]) => path).filter((path) => !/^node_modules\/protobufjs$/.test(path)),
      [],
    );
  });
});
