import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { cliMain, runCli } from "../testing/cli/run-cli";

const complete = async (...words: string[]) =>
  (await runCli(["complete", "--", ...words])).stdout.split("\n").filter(Boolean);

describe("completion", () => {
  it("offers commands, their own commands, options, and choices", async () => {
    assert.deepEqual(await complete("sna"), ["snapshot"]);
    assert.ok((await complete("")).includes("policy"));
    assert.ok(!(await complete("")).includes("complete"), "it is for scripts");
    assert.deepEqual((await complete("snapshot", "")).slice(0, 4), ["create", "revert", "delete", "edit"]);
    assert.deepEqual(await complete("report", "--fail"), ["--fail-on"]);
    assert.deepEqual(await complete("report", "--fail-on", ""), ["warning", "critical", "never"]);
    assert.deepEqual(await complete("completion", "f"), ["fish"]);
    assert.deepEqual(await complete("tree", ""), [], "a VM is expected");
  });

  const works = (shell: string, script: string) => (t: TestContext) => {
    if (spawnSync(shell, ["--version"]).status !== 0) return t.skip(`no ${shell}`);
    const bin = mkdtempSync(join(tmpdir(), "snapstate-completion-"));
    try {
      writeFileSync(join(bin, "snapstate"), `#!/bin/sh\nexec '${process.execPath}' '${cliMain}' "$@"\n`, {
        mode: 0o755,
      });
      const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
      const { stdout, stderr } = spawnSync(shell, ["-c", script], { env, encoding: "utf8" });
      assert.equal(stdout, "revert\n", stderr);
    } finally {
      rmSync(bin, { recursive: true, force: true });
    }
  };
  it(
    "works in bash",
    works(
      "bash",
      `source <(snapstate completion bash)
COMP_WORDS=(snapstate snapshot re); COMP_CWORD=2; _snapstate; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ),
  );
  it("works in fish", works("fish", 'snapstate completion fish | source; complete -C "snapstate snapshot re"'));

  it("knows no other shell", async () => {
    const { code, stderr } = await runCli(["completion", "tcsh"]);
    assert.equal(code, 3);
    assert.match(stderr, /bash, zsh, fish/);
  });
});
