import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { redact, type SnapstateError } from "../core/errors";
import { connectionNames, defineConnection } from "./definitions";

const vcenter = { platform: "vsphere", endpoint: "vc.example.com", username: "ci", password: "s3cret-canary" };
const config = (connections: object) => JSON.stringify(connections);

function settings(sources: Parameters<typeof defineConnection>[1], name = "vcenter") {
  return defineConnection(name, sources).settings as Record<string, unknown>;
}

describe("a connection's definition", () => {
  it("comes from the stack's configuration, with defaults and the endpoint completed", () => {
    const { endpoint, concurrency, insecure } = settings({ config: config({ vcenter }), environment: {} });
    assert.deepEqual(
      { endpoint, concurrency, insecure },
      { endpoint: "https://vc.example.com/sdk", concurrency: 8, insecure: false },
    );
  });

  it("lets the environment win, and reads its texts as numbers and booleans where those are wanted", () => {
    const environment = {
      SNAPSTATE_VCENTER_PASSWORD: "12345678",
      SNAPSTATE_VCENTER_CONCURRENCY: "3",
      SNAPSTATE_VCENTER_INSECURE: "true",
    };
    const { password, concurrency, insecure } = settings({ config: config({ vcenter }), environment });
    assert.deepEqual({ password, concurrency, insecure }, { password: "12345678", concurrency: 3, insecure: true });
  });

  it("reads a secret from a file, and keeps caFile a setting", () => {
    const folder = mkdtempSync(join(tmpdir(), "snapstate-"));
    try {
      writeFileSync(join(folder, "password"), "from-a-file\n");
      const environment = {
        SNAPSTATE_VCENTER_PASSWORD_FILE: join(folder, "password"),
        SNAPSTATE_VCENTER_CA_FILE: "/etc/ca.pem",
      };
      const { password: _, ...rest } = vcenter;
      const { password, caFile } = settings({ config: config({ vcenter: rest }), environment });
      assert.deepEqual({ password, caFile }, { password: "from-a-file", caFile: "/etc/ca.pem" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("does not take the settings of a connection whose name begins with its own", () => {
    const environment = { SNAPSTATE_VCENTER_LAB_ENDPOINT: "lab.example.com" };
    const both = config({ vcenter, "vcenter-lab": vcenter });
    assert.equal(settings({ config: both, environment }).endpoint, "https://vc.example.com/sdk");
    assert.equal(settings({ config: both, environment }, "vcenter-lab").endpoint, "https://lab.example.com/sdk");
  });

  for (const [what, sources, expected] of [
    [
      "an unknown name",
      { config: config({ vcenter }) },
      /no connection has that name. Configured are: vcenter/,
      "other",
    ],
    ["no platform", { config: config({ vcenter: { endpoint: "x" } }) }, /no platform is set.*vsphere/],
    ["an unknown platform", { config: config({ vcenter: { platform: "vmware" } }) }, /unknown platform "vmware"/],
    [
      "a missing password",
      { config: config({ vcenter: { ...vcenter, password: undefined } }) },
      /Set `password` of the connection vcenter.*SNAPSTATE_VCENTER_PASSWORD/,
    ],
    ["an unknown setting", { config: config({ vcenter: { ...vcenter, pasword: "x" } }) }, /pasword/],
    [
      "credentials in the endpoint",
      { config: config({ vcenter: { ...vcenter, endpoint: "https://u:p@host" } }) },
      /without credentials/,
    ],
    ["plain http", { config: config({ vcenter: { ...vcenter, endpoint: "http://host" } }) }, /https URL/],
    ["no JSON", { config: "s3cret-canary" }, /is not JSON/],
    ["no map", { config: "[1]" }, /not a map/],
    [
      "a file that does not exist",
      { config: config({ vcenter }), more: { SNAPSTATE_VCENTER_PASSWORD_FILE: "/nonexistent/x" } },
      /cannot be read/,
    ],
  ] as [string, { config: string; more?: Record<string, string> }, RegExp, string?][]) {
    it(`refuses ${what}, saying how to set it and never a value`, () => {
      const name = what === "an unknown name" ? "other" : "vcenter";
      assert.throws(
        () => defineConnection(name, { config: sources.config, environment: sources.more ?? {} }),
        (error: SnapstateError) => {
          assert.equal(error.kind, "bad-input");
          assert.match(error.message, expected);
          assert.doesNotMatch(error.message, /canary/);
          return true;
        },
      );
    });
  }

  it("remembers its secrets, so that they are blacked out wherever they are written", () => {
    settings({ config: config({ vcenter: { ...vcenter, password: 'p&"q-canary' } }), environment: {} });
    assert.equal(redact('a p&"q-canary b p%26%22q-canary c p&amp;&quot;q-canary'), "a [secret] b [secret] c [secret]");
  });

  it("is found by name in the lists and in the environment", () => {
    const environment = {
      SNAPSTATE_CONNECTIONS: config({ lab: {} }),
      SNAPSTATE_VCENTER_PLATFORM: "vsphere",
      SNAPSTATE_OVH_EU_PLATFORM: "ovh",
      SNAPSTATE_EMPTY_PLATFORM: "",
      SNAPSTATE_OTHER_ENDPOINT: "x",
    };
    assert.deepEqual(connectionNames({ config: config({ vcenter }), environment }), ["lab", "ovh_eu", "vcenter"]);
    assert.throws(() => connectionNames({ config: "s3cret-canary", environment: {} }), /is not JSON/);
  });
});
