import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { isSnapstateError } from "../../core/errors";
import { accessOf } from "./configuration";
import { ovhVpsSettings } from "./settings";

const folder = mkdtempSync(join(tmpdir(), "snapstate-ovh-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let written = 0;
function file(text: string): string {
  const name = join(folder, `${++written}.conf`);
  writeFileSync(name, text);
  return name;
}

const access = (settings: object, environment: Record<string, string> = {}, ...files: string[]) =>
  accessOf(ovhVpsSettings.parse(settings), { environment, files });
const keys = { applicationKey: "app-key", applicationSecret: "4pp-s3cr3t", consumerKey: "c0nsum3r" };
const application = { kind: "application", key: "app-key", secret: "4pp-s3cr3t", consumerKey: "c0nsum3r" };

function refused(work: () => unknown, words: RegExp): void {
  assert.throws(work, (error) => isSnapstateError(error, "bad-input") && words.test(error.message));
}

describe("OVHcloud's configuration", () => {
  it("comes from the connection's settings", () => {
    assert.deepEqual(access({ endpoint: "ovh-ca", ...keys }), {
      url: "https://ca.api.ovh.com/1.0",
      authentication: application,
    });
  });

  it("takes a URL for an endpoint", () => {
    assert.equal(access({ endpoint: "http://127.0.0.1:1/1.0/", ...keys }).url, "http://127.0.0.1:1/1.0");
  });

  it("comes from OVH_* variables", () => {
    const environment = { OVH_ENDPOINT: "ovh-us", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "own-words" };
    assert.deepEqual(access({}, environment), {
      url: "https://api.us.ovhcloud.com/1.0",
      authentication: {
        kind: "service-account",
        clientId: "id",
        clientSecret: "own-words",
        tokenUrl: "https://us.ovhcloud.com/auth/oauth2/token",
      },
    });
    assert.deepEqual(access({ endpoint: "ovh-eu" }, { OVH_ACCESS_TOKEN: "t0k3n-1" }).authentication, {
      kind: "token",
      token: "t0k3n-1",
    });
  });

  it("comes from ovh.conf, the section of the endpoint, the first file that has one", () => {
    const conf = file(
      "[default]\nendpoint=ovh-eu\n\n[ovh-eu]\n; a comment\napplication_key=app-key\napplication_secret=4pp-s3cr3t\nconsumer_key=c0nsum3r\n\n[ovh-ca]\naccess_token=ca-token\n",
    );
    const later = file("[default]\nendpoint=ovh-ca\n[ovh-eu]\naccess_token=l4ter\n");
    assert.deepEqual(access({}, {}, join(folder, "none"), conf, later), {
      url: "https://eu.api.ovh.com/1.0",
      authentication: application,
    });
    assert.deepEqual(access({}, { OVH_ENDPOINT: "ovh-ca" }, conf).authentication, { kind: "token", token: "ca-token" });
  });

  it("prefers settings to the environment, and the environment to files, and never mixes them", () => {
    const conf = file("[ovh-eu]\naccess_token=0f-th3-file\n");
    const environment = { OVH_ENDPOINT: "ovh-eu", OVH_ACCESS_TOKEN: "0f-th3-env" };
    assert.deepEqual(access(keys, environment, conf).authentication, application);
    assert.deepEqual(access({}, environment, conf).authentication, { kind: "token", token: "0f-th3-env" });
    refused(
      () => access({ endpoint: "ovh-eu", applicationKey: "app-key" }, { OVH_CONSUMER_KEY: "c0nsum3r" }),
      /settings has no application_secret and no consumer_key/,
    );
  });

  it("refuses halves, two ways at once, none, and what it does not know", () => {
    refused(() => access({ endpoint: "ovh-eu", clientId: "id" }), /has no client_secret/);
    refused(() => access({ endpoint: "ovh-eu", ...keys, accessToken: "t" }), /two ways to sign in/);
    refused(() => access({ endpoint: "ovh-eu" }), /no credentials/);
    refused(() => access(keys), /no endpoint/);
    refused(() => access({ endpoint: "ovh-mars", ...keys }), /unknown endpoint "ovh-mars"/);
    refused(() => access({ endpoint: "http://127.0.0.1:1/1.0", clientId: "id", clientSecret: "s" }), /tokenUrl/);
  });
});
