import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { startBrowser } from "../../testing/cli/browser";
import { NOW, reportOn, smallFleet } from "../../testing/cli/fleet";
import { cliEnvironment, cliMain, connectionVariables } from "../../testing/cli/run-cli";
import { startVcsim, type Vcsim } from "../../testing/vcsim/launcher";
import { missing } from "../../testing/vcsim/test-support";
import { type PageServer, servePage } from "./server";

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

function ask(url: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, (reply) => {
      let body = "";
      reply.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      reply.once("end", () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body }));
    });
    sent.once("error", reject);
    sent.end();
  });
}

describe("the server of the page", () => {
  let server: PageServer;
  let reads = 0;
  let failing = false;

  before(async () => {
    server = await servePage(async () => {
      reads++;
      if (failing) throw new Error("as the test wants");
      return reportOn(smallFleet());
    });
  });
  after(() => server.close());

  it("serves the page and the report to who has the address, and reads once for several", async () => {
    const [page, json] = await Promise.all([ask(server.url), ask(`${server.url}report.json`)]);
    assert.deepEqual([page.status, json.status, reads], [200, 200, 1]);
    assert.match(page.body, /^<!doctype html>[\s\S]*Read again/);
    assert.equal(JSON.parse(json.body).generatedAt, new Date(NOW).toISOString());
    const { headers } = page;
    assert.match(String(headers["content-security-policy"]), /^default-src 'none'; .*frame-ancestors 'none'$/);
    assert.doesNotMatch(String(headers["content-security-policy"]), /unsafe/);
    assert.deepEqual(
      [headers["cache-control"], headers["x-content-type-options"], headers["referrer-policy"]],
      ["no-store", "nosniff", "no-referrer"],
    );
    const head = await ask(server.url, { method: "HEAD" });
    assert.deepEqual([head.status, head.body], [200, ""]);
  });

  it("says nothing without the token, whatever else is right", async () => {
    const { origin } = new URL(server.url);
    const token = new URL(server.url).pathname.slice(1, -1);
    assert.ok(token.length >= 32);
    const wrong = ["/", "/report.json", "/x/", `/${token.slice(0, -1)}/`, `/${token}x/`, `//${token}/`, `/?${token}`];
    for (const path of wrong) {
      const { status, body } = await ask(origin + path);
      assert.deepEqual([status, body], [404, "not found\n"], path);
    }
    for (const path of ["x", "report.json/x", "../"]) assert.equal((await ask(server.url + path)).status, 404, path);
  });

  it("answers to no other name, so that a web page cannot point its own name here", async () => {
    const { port } = new URL(server.url);
    for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:1${port}`, `[::1]:${port}`]) {
      const { status, body } = await ask(server.url, { headers: { host } });
      assert.equal(status, 421, host);
      assert.doesNotMatch(body, /doctype/);
    }
    assert.equal((await ask(server.url, { headers: { host: `localhost:${port}` } })).status, 200);
  });

  it("is read only", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const { status, headers } = await ask(server.url, { method });
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
    }
  });

  it("says what failed, and reads again when it is asked again", async () => {
    const own = await servePage(async () => {
      if (failing) throw new Error("as the test wants");
      return reportOn(smallFleet());
    });
    try {
      failing = true;
      const { status, body } = await ask(own.url);
      assert.equal(status, 502);
      assert.match(body, /read the snapshots: as the test wants/);
      failing = false;
      assert.equal((await ask(own.url)).status, 200);
    } finally {
      failing = false;
      await own.close();
    }
  });

  it("says so when its port is taken", async () => {
    const { port } = new URL(server.url);
    await assert.rejects(
      servePage(() => reportOn(smallFleet()), { port: Number(port) }),
      /EADDRINUSE/,
    );
  });
});

describe("snapstate ui", () => {
  let vcsim: Vcsim | string;
  let browser: Browser | string;

  before(async () => {
    vcsim = await startVcsim({ vms: 2 }).catch(missing);
    browser = await startBrowser();
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
    if (typeof browser !== "string") await browser.close();
  });

  async function start(sim: Vcsim, ...args: string[]): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [cliMain, "ui", "--json", ...args], {
      env: cliEnvironment(connectionVariables("VCENTER", sim)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const line of createInterface({ input: child.stdout })) {
      said += line;
      // What JSON shows ends with the brace that began it, however many lines it takes.
      if (line === "}") break;
    }
    return { child, url: JSON.parse(said).url };
  }

  it("serves what the platform has now, listens on loopback alone, and ends when interrupted", async (t: TestContext) => {
    if (typeof vcsim === "string") return t.skip(vcsim);
    if (typeof browser === "string") return t.skip(browser);
    const [vm] = await vcsim.control.vms();
    assert.ok(vm);
    await vcsim.control.createSnapshot(vm.moref, { name: "seen in the page" });
    const { child, url } = await start(vcsim);
    try {
      const page = await browser.newPage();
      const trouble: string[] = [];
      page.on("console", (message) => trouble.push(message.text()));
      page.on("request", (sent) => {
        if (!sent.url().startsWith("data:") && sent.url() !== url) trouble.push(sent.url());
      });
      await page.goto(url);
      await page.getByText("seen in the page").waitFor();
      await page.getByRole("link", { name: "Read again" }).click();
      await page.getByText("seen in the page").waitFor();
      assert.deepEqual(trouble, []);
      await page.close();
      // Loopback alone: every other address of the port is still free.
      const other = createServer().listen(Number(new URL(url).port), "127.0.0.2");
      await once(other, "listening");
      other.close();
    } finally {
      child.kill("SIGINT");
    }
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  });
});
