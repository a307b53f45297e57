import assert from "node:assert/strict";
import { describe } from "node:test";
import { HOSTILE } from "../../testing/cli/fleet";
import { inPage } from "../../testing/cli/in-page";
import { focused, pageCases, rowOf, says, status } from "../../testing/cli/page-cases";

describe("the page in a browser", () => {
  const on = pageCases();

  on("is a tree grid to a screen reader, with levels, places and columns", async (page) => {
    const grid = page.getByRole("treegrid", { name: "Snapshots by virtual machine" });
    assert.equal(await grid.count(), 1);
    assert.deepEqual(await grid.getByRole("columnheader").allTextContents(), [
      "Virtual machine and snapshots",
      "Age",
      "Size",
      "Expires",
      "Consistency",
      "State",
    ]);
    const facts = async (name: string) => {
      const row = rowOf(page, name).first();
      const attribute = (key: string) => row.getAttribute(`aria-${key}`);
      return [
        await attribute("level"),
        await attribute("posinset"),
        await attribute("setsize"),
        await attribute("expanded"),
      ];
    };
    assert.deepEqual(await facts("/Paris/vm/lab/branches"), ["1", "1", "6", "true"]);
    assert.deepEqual(await facts("kernel 6.12 tuned"), ["4", "2", "2", null]);
    const cells = await rowOf(page, "before-release-41").getByRole("gridcell").allTextContents();
    assert.deepEqual(cells, ["before-release-41", "6d 6h", "4.1 GiB", "3d 6h ago", "filesystem", "managedexpiredold"]);
    assert.equal(await page.getByText("You are here", { exact: true }).count(), 6);
    for (const role of ["main", "search", "contentinfo", "banner"] as const) {
      assert.equal(await page.getByRole(role).count(), 1, role);
    }
    const unnamed = await inPage<number>(
      page,
      `[...document.querySelectorAll("button, input, select")].filter(
        (one) => !one.textContent.trim() && !one.getAttribute("aria-label") && !one.closest("label"),
      ).length`,
    );
    assert.equal(unnamed, 0);
  });

  on("can be used with the keyboard alone", async (page) => {
    await page.keyboard.press("Tab");
    assert.equal(await inPage<string>(page, "document.activeElement.textContent"), "Skip to the snapshots");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    assert.match((await focused(page)) ?? "", /You are here/);
    await page.keyboard.press("Home");
    assert.match((await focused(page)) ?? "", /branches/);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowDown");
    assert.match((await focused(page)) ?? "", /chain/, "what is closed is passed over");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await focused(page), "installed");
    for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "kernel 6.1 tuned, no swap");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await focused(page), "kernel 6.1 tuned", "left goes to the parent");
    for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowLeft");
    assert.match((await focused(page)) ?? "", /branches/);
    await page.keyboard.press("ArrowLeft");
    assert.equal(await rowOf(page, "branches").first().getAttribute("aria-expanded"), "false");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const details = page.getByRole("complementary", { name: "Details of the snapshot" });
    assert.match((await details.textContent()) ?? "", /installed[\s\S]*foreign: not managed by a snapstate resource/);
    assert.equal(await focused(page), "details");
    await page.keyboard.press("Escape");
    assert.equal(await details.isVisible(), false);
    assert.equal(await focused(page), "installed");
    // One stop for the whole tree: the next is what comes after it.
    await page.keyboard.press("Shift+Tab");
    assert.equal(await inPage<boolean>(page, `document.activeElement.closest("#tree") === null`), true);
    await page.keyboard.press("/");
    assert.equal(await focused(page), "find");
    await page.keyboard.type("kernel tuned");
    await says(page, /^3 of/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "kernel 6.1 tuned", "folded rows are passed over");
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    assert.equal(await status(page), "32 snapshots, 6 VMs shown");
  });

  on("searches names, descriptions, VMs and ids", async (page) => {
    const search = page.getByRole("searchbox");
    for (const [text, expected] of [
      ["anna", "1 of 32 snapshots on 1 VM"],
      ["WEB-1", "5 of 32 snapshots on 1 VM"],
      ["point-3", "4 of 32 snapshots on 2 VMs"],
      ["before release", "4 of 32 snapshots on 2 VMs"],
      ["managed by", "0 of 32 snapshots on 0 VMs"],
    ] as const) {
      await search.fill(text);
      assert.equal(await status(page), expected, text);
    }
    assert.ok(await page.getByText("Nothing matches.").isVisible());
    await search.fill("cache");
    assert.ok(await rowOf(page, "cache-1").isVisible(), "a VM without snapshots is found by its name");
  });

  on("begins its numbers with what is wrong, critical first", async (page) => {
    const tiles = await page.locator(".tile").all();
    const shown = await Promise.all(
      tiles.map(async (tile) => [await tile.getAttribute("class"), (await tile.textContent())?.trim()]),
    );
    assert.deepEqual(shown, [
      ["tile critical", "too old17"],
      ["tile warning", "expired1"],
      ["tile warning", "VMs with a long chain2"],
      ["tile warning", "VM to consolidate1"],
      ["tile ", "snapshots on 6 of 8 VMs32"],
      ["tile ", "on disk141 GiB"],
      ["tile ", "oldest210d"],
      ["tile ", "foreign13"],
    ]);
  });

  on("filters, one filter at a time", async (page) => {
    const chip = (name: RegExp) => page.getByRole("group", { name: "Show" }).getByRole("button", { name });
    await chip(/^Expired 1$/).click();
    assert.equal(await status(page), "1 of 32 snapshots on 1 VM");
    assert.equal(await chip(/^Expired/).getAttribute("aria-pressed"), "true");
    assert.equal(await chip(/^All/).getAttribute("aria-pressed"), "false");
    assert.equal(await rowOf(page, "debug try 2").count(), 0, "what is folded is not read out");
    await page.getByRole("button", { name: /over 60 days/ }).click();
    assert.equal(await status(page), "1 of 32 snapshots on 1 VM");
    assert.ok(await rowOf(page, "golden").isVisible());
    await page.getByRole("button", { name: /over 60 days/ }).click();
    assert.equal(await status(page), "32 snapshots, 6 VMs shown");
    await chip(/^VMs to consolidate 1$/).click();
    assert.equal(await status(page), "2 of 32 snapshots on 1 VM");
    await chip(/^All/).click();
    await page.getByLabel("VMs without snapshots").check();
    assert.equal(await status(page), "32 snapshots, 8 VMs shown");
  });

  on("sorts the VMs, and opens and closes all", async (page) => {
    const names = () => page.locator(".vm:not([hidden]) .top b").allTextContents();
    assert.deepEqual(
      (await names()).slice(0, 3),
      ["branches", "chain", "web-1"],
      "problems first: a critical one leads",
    );
    assert.equal((await names()).at(-1), "web-2", "and what is well is last");
    const first = () => page.locator(".vm:not([hidden]) .top b").first().textContent();
    await page.getByLabel("Sort by").selectOption("oldest");
    assert.equal(await first(), "db-1");
    await page.getByLabel("Sort by").selectOption("path");
    assert.equal(await first(), HOSTILE);
    await page.getByLabel("Sort by").selectOption("snapshots");
    assert.equal(await first(), "chain");
    await page.getByRole("button", { name: "Close all" }).click();
    assert.equal(await page.locator("[aria-expanded=true]").count(), 0);
    await page.getByRole("button", { name: "Open all" }).click();
    assert.equal(await page.locator("[aria-expanded=true]").count(), 6);
  });

  on("gives the commands that prune and import, to be copied", async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const details = page.getByRole("complementary");
    const commands = () => details.locator("code").allTextContents();
    await rowOf(page, "before-release-41").click();
    assert.deepEqual(await commands(), ["npx snapstate prune -c paris --dry-run vm-productionweb1"]);
    await rowOf(page, "before-release-42").click();
    assert.deepEqual(await commands(), [], "managed, and not expired");
    await rowOf(page, "debug try 2").click();
    assert.deepEqual(await commands(), [
      "pulumi import snapstate:index:Snapshot debug-try-2 paris/vm-productionweb1/point-3",
      "tofu import snapstate_snapshot.debug-try-2 paris/vm-productionweb1/point-3",
    ]);
    await details.getByRole("button", { name: "Copy" }).last().click();
    await details.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await inPage(page, "navigator.clipboard.readText()"), (await commands())[1]);
  });
});
