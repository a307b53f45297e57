import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Page } from "playwright-core";
import { HOSTILE } from "../../testing/cli/fleet";
import { contrastsOf, inPage } from "../../testing/cli/in-page";
import { pageCases, rowOf, says, status } from "../../testing/cli/page-cases";

/** Milliseconds until a page is loaded and until a search has been applied: the best of three, other work may run beside it. */
async function quickest(page: Page, url: string): Promise<{ opened: number; searched: number }> {
  const best = { opened: Number.POSITIVE_INFINITY, searched: Number.POSITIVE_INFINITY };
  for (let load = 1; load <= 3; load++) {
    await page.goto(url);
    const opened = await inPage<number>(page, `performance.getEntriesByType("navigation")[0].loadEventEnd`);
    const searched = await inPage<number>(
      page,
      `(async () => {
        const status = document.getElementById("status");
        const started = performance.now();
        const seen = new Promise((resolve) => new MutationObserver(resolve).observe(status, { childList: true }));
        document.getElementById("find").value = "snapshot 7";
        // Applied at once: typing in a large fleet is debounced.
        document.getElementById("empty").dispatchEvent(new Event("change"));
        await seen;
        return performance.now() - started;
      })()`,
    );
    best.opened = Math.min(best.opened, opened);
    best.searched = Math.min(best.searched, searched);
  }
  await page.goto(url);
  return best;
}

describe("what the page can be trusted with", () => {
  const on = pageCases();

  on("shows what anybody may have named a snapshot as text", async (page) => {
    assert.equal((await rowOf(page, HOSTILE).count()) > 1, true);
    await rowOf(page, HOSTILE).nth(1).click();
    const details = page.getByRole("complementary");
    assert.match((await details.textContent()) ?? "", /<\/script><script>/);
    await page.getByRole("searchbox").fill(HOSTILE);
    assert.equal(await page.locator("img, #tree script, body svg[onload]").count(), 0);
    assert.notEqual(await page.title(), "owned");
    assert.match((await rowOf(page, "two").first().textContent()) ?? "", /two\\x1b\[31m\\x0alines \\u202egnp\.exe/);
  });

  on(
    "lets no script but its own run, and no request out",
    async (page) => {
      const violations = await inPage<{ seen: string[]; refused: boolean }>(
        page,
        `(async () => {
        const seen = [];
        const both = new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => {
            if (seen.push(event.effectiveDirective) === 2) resolve();
          });
        });
        const script = document.createElement("script");
        let refused = false;
        try {
          script.text = "document.title = 'owned'";
        } catch {
          refused = true;
        }
        await fetch("https://example.com/").catch(() => undefined);
        await both;
        return { seen, refused };
      })()`,
      );
      assert.equal(violations.refused, true, "a text is no script: trusted types are required");
      assert.deepEqual([...new Set(violations.seen)].sort().reverse(), ["require-trusted-types-for", "connect-src"]);
      assert.notEqual(await page.title(), "owned");
    },
    { refusals: true },
  );

  for (const colorScheme of ["light", "dark"] as const) {
    on(
      `can be read in ${colorScheme}: every text has a contrast of 4.5 to 1`,
      async (page) => {
        await rowOf(page, "before-release-41").click();
        const found = await contrastsOf(page);
        assert.ok(found.length > 100, `${found.length} texts were looked at`);
        assert.deepEqual(
          found.filter(({ ratio }) => ratio < 4.5),
          [],
        );
      },
      { colorScheme },
    );
  }

  on(
    "changes its colours by hand, and keeps to it",
    async (page) => {
      const ground = () => inPage<string>(page, "getComputedStyle(document.body).backgroundColor");
      const light = await ground();
      await page.getByRole("button", { name: "Dark" }).click();
      const dark = await ground();
      assert.notEqual(dark, light);
      await page.reload();
      assert.equal(await ground(), dark);
      await page.getByRole("button", { name: "Auto" }).click();
      assert.equal(await ground(), light);
    },
    { colorScheme: "light" },
  );

  on(
    "opens and searches ten times as many snapshots in about ten times the time",
    async (page, files) => {
      const [medium, large] = [await quickest(page, files.medium), await quickest(page, files.large)];
      assert.equal(await status(page), "5,000 snapshots, 250 VMs shown");
      const ratio = (key: "opened" | "searched") => large[key] / medium[key];
      assert.ok(ratio("opened") < 20, `opened: ${medium.opened} and ${large.opened} ms`);
      assert.ok(ratio("searched") < 20, `searched: ${medium.searched} and ${large.searched} ms`);
      await page.getByRole("searchbox").fill("for the run 4321"); // as a description, and as an id
      await says(page, /^2 of 5,000/);
      await page.getByRole("searchbox").fill("");
      await page.getByRole("button", { name: "Open all" }).click();
      assert.equal(await page.locator("[aria-expanded=true]").count(), 250);
    },
    { file: "large" },
  );

  on(
    "is readable where scripts are forbidden",
    async (page) => {
      assert.ok(await page.getByText("snapshot 7 of 3", { exact: true }).isVisible());
      assert.equal(await page.getByRole("searchbox").isVisible(), false);
    },
    { javaScriptEnabled: false, file: "large" },
  );

  on(
    "says first what could not be read",
    async (page) => {
      const section = page.getByRole("region", { name: /Not read/ });
      assert.match((await section.textContent()) ?? "", /paris · <img src=x/);
      assert.equal(await page.locator("img").count(), 0);
    },
    { file: "partial" },
  );

  on(
    "fits a telephone: nothing but the middle of a long name is cut",
    async (page) => {
      const wide = await inPage<number>(page, "document.documentElement.scrollWidth");
      assert.ok(wide <= 390, `it is ${wide} pixels wide`);
      const cut = await inPage<string[]>(
        page,
        `[...document.querySelectorAll("main *, header *")]
          .filter((one) => one.childElementCount === 0 && one.clientWidth > 0 && one.scrollWidth > one.clientWidth)
          .filter((one) => !one.nextElementSibling?.matches(".end") && !one.matches(".top i, .hidden"))
          .map((one) => one.outerHTML)`,
      );
      assert.deepEqual(cut, []);
      const outside = await inPage<string[]>(
        page,
        `[...document.querySelectorAll(".r em, .r .end, .tile dd")]
          .filter((one) => one.getBoundingClientRect().right > 390)
          .map((one) => one.textContent)`,
      );
      assert.deepEqual(outside, []);
      const stateless = await inPage<number>(
        page,
        `[...document.querySelectorAll(".r:not(.here) .s")].filter(
          (one) => ![...one.children].some((badge) => getComputedStyle(badge).display !== "none"),
        ).length`,
      );
      assert.equal(stateless, 0, "every row has a state");
      await rowOf(page, "golden").click();
      assert.ok(await page.getByRole("button", { name: "Close the details" }).isVisible());
    },
    { viewport: { width: 390, height: 800 } },
  );
});
