import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { pulumiRemedies } from "../../adapters/pulumi/pulumi-words";
import { plainRemedies, wordRemedies } from "./remedy";
import { SnapstateError } from "./snapstate-error";

const held = () =>
  new SnapstateError({
    kind: "held",
    operation: "delete x",
    detail: "it is on hold",
    remedy: { action: "clear-hold", input: "hold" },
  });

describe("a remedy", () => {
  afterEach(() => wordRemedies(plainRemedies));

  it("is data on the error, and names no tool without an adapter", () => {
    const error = held();
    assert.deepEqual(error.remedy, { action: "clear-hold", input: "hold" });
    assert.equal(error.message, "delete x: it is on hold. Set hold to false in a separate run, then delete it.");
    assert.deepEqual(error.during("delete all").remedy, error.remedy);
  });

  it("is worded by the adapter, and yields to an explicit hint", () => {
    wordRemedies(pulumiRemedies);
    assert.match(held().message, /Set hold to false and run `pulumi up`, then delete it\.$/);
    const remedy = { action: "refresh" } as const;
    const hinted = new SnapstateError({ kind: "not-found", operation: "read", hint: "Look again", remedy });
    assert.match(hinted.message, /Look again\.$/);
  });

  it("has words for each action, in every set", () => {
    assert.deepEqual(Object.keys(pulumiRemedies).sort(), Object.keys(plainRemedies).sort());
    const secret = { action: "configure-connection", connection: "lab", setting: "password", secret: true } as const;
    assert.equal(
      pulumiRemedies["configure-connection"](secret),
      "Set it with `pulumi config set --path --secret 'snapstate:connections.lab.password' …`",
    );
  });
});
