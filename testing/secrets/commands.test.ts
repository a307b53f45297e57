import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { runCli } from "../cli/run-cli";
import { Certificates } from "../contract/certificates";
import { leaksIn } from "./canary";
import { type Planted, plantEverywhere } from "./platforms";
import { WatchedRun } from "./run";

describe("no secret is in what the command line shows", () => {
  const certificates = new Certificates();
  let planted: Planted | string;

  before(async () => {
    planted = await plantEverywhere(certificates);
  });
  after(async () => {
    if (typeof planted !== "string") await planted.close();
    certificates.remove();
  });

  for (const [name, fail] of [
    ["when all is well", () => {}],
    ["when servers repeat what they were sent", (platforms: Planted) => platforms.repeatEverything("refused")],
  ] as [string, (platforms: Planted) => void][]) {
    it(`${name}: trees, reports, checks and removals, as text, as JSON and as a page`, async (t) => {
      if (typeof planted === "string") return t.skip(planted);
      const run = new WatchedRun();
      const environment = { ...run.environment, SNAPSTATE_CONNECTIONS: JSON.stringify(planted.connections) };
      fail(planted);
      try {
        const each = Object.entries(planted.targets).map(([connection, target]) => [target, "-c", connection]);
        // Each form of each command, on one platform or another: what is shown is made by the same code for all.
        const commands = [
          ...each.map((one, index) => [index % 2 ? "tree" : "check", ...(index % 3 ? ["--json"] : []), ...one]),
          ...each.slice(0, 2).map((one, index) => [index % 2 ? "check" : "tree", "--json", ...one]),
          ["report"],
          ["report", "--json", "--html", run.file("report.html")],
          ...each.slice(2, 4).map(([target = "", ...of]) => ["prune", "--dry-run", target, ...of]),
        ];
        // A few at a time: there are two cores.
        for (let first = 0; first < commands.length; first += 3) {
          const some = commands.slice(first, first + 3);
          const results = await Promise.all(some.map((command) => runCli(command, environment)));
          for (const [index, { code, stdout, stderr }] of results.entries()) {
            run.note(`snapstate ${some[index]?.join(" ")}`, `${code} ${stdout} ${stderr}`);
          }
        }
        if (existsSync(run.file("report.html"))) run.note("the page", readFileSync(run.file("report.html"), "utf8"));
        const everything = await run.everything();
        const canaries = planted.canaries();
        const found = [...everything].flatMap(([place, text]) =>
          leaksIn(text, canaries).map((of) => `${of}: ${place}`),
        );
        assert.deepEqual(found, []);
        const said = [...everything.values()].join("\n");
        if (name === "when all is well") assert.ok(everything.has("the page"));
        else assert.match(said, /\[secret\]/);
      } finally {
        planted.behave();
        run.remove();
      }
    });
  }
});
