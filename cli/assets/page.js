(() => {
  /** @param {string} id @returns {HTMLElement} */
  const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const tree = byId("tree");
  const find = /** @type {HTMLInputElement} */ (byId("find"));
  const sort = /** @type {HTMLSelectElement} */ (byId("sort"));
  const empty = /** @type {HTMLInputElement} */ (byId("empty"));
  const aside = byId("details");
  /** @typedef {{ facts: [label: string, text: string][], commands: [label: string, command: string][] }} Detail */
  /** @type {Detail[]} */
  const details = JSON.parse(byId("data").textContent ?? "[]");
  const searched = new Set(["Name", "Description", "Virtual machine", "Series", "Id", "Connection"]);

  let number = 0;
  const vms = [...tree.querySelectorAll(".vm")].map((node) => {
    const element = /** @type {HTMLElement} */ (node);
    const rows = [.../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(".rows > .r"))];
    const top = /** @type {HTMLElement} */ (element.firstElementChild);
    const points = rows
      .filter((row) => row.dataset.f !== undefined)
      .map((row) => ({ row, flags: ` ${row.dataset.f} `, index: number++ }));
    return {
      element,
      top,
      rows,
      points,
      name: (top.querySelector(".t")?.textContent ?? "").toLowerCase(),
      openAtFirst: !element.classList.contains("closed"),
    };
  });
  /** @typedef {(typeof vms)[number]} Vm */
  const total = details.length;
  const indexOf = new Map(vms.flatMap((vm) => vm.points.map(({ row, index }) => [row, index])));
  /** What is searched of each snapshot, made when it is searched first. @type {string[]} */
  const texts = [];
  /** @param {number} index */
  function textOf(index) {
    const text =
      texts[index] ??
      (details[index]?.facts ?? [])
        .flatMap(([label, fact]) => (searched.has(label) ? fact : []))
        .join("\n")
        .toLowerCase();
    texts[index] = text;
    return text;
  }
  let filter = "";
  let wasNarrowed = false;
  let order = vms;
  /** The one row that the Tab key reaches. @type {HTMLElement | undefined} */
  let current;

  /** @param {Vm} vm @param {boolean} open */
  function setOpen(vm, open) {
    if (vm.points.length === 0) return;
    vm.element.classList.toggle("closed", !open);
    vm.top.setAttribute("aria-expanded", String(open));
  }

  /** @param {Vm} vm */
  const isOpen = (vm) => !vm.element.classList.contains("closed");

  /** Shows what fits the search and the filter. What does not fit is folded to its lines. */
  function apply() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const narrowed = words.length > 0 || filter !== "";
    let shown = 0;
    let shownVms = 0;
    for (const vm of order) {
      const fits = vm.points.filter(
        ({ flags, index }) =>
          (filter === "" || flags.includes(` ${filter} `)) && words.every((word) => textOf(index).includes(word)),
      );
      const fitting = new Set(fits);
      if (narrowed || wasNarrowed) {
        for (const point of vm.points) fold(point.row, narrowed && !fitting.has(point));
      }
      const byName = filter === "" && words.length > 0 && words.every((word) => vm.name.includes(word));
      const visible = vm.points.length === 0 ? (empty.checked && !narrowed) || byName : fits.length > 0;
      vm.element.hidden = !visible;
      if (!visible) continue;
      shown += fits.length;
      vm.top.setAttribute("aria-posinset", String(++shownVms));
    }
    for (const vm of vms) vm.top.setAttribute("aria-setsize", String(shownVms));
    wasNarrowed = narrowed;
    // Opening a few is a help; opening thousands is a wait.
    for (const vm of vms) if (!vm.element.hidden) setOpen(vm, narrowed ? shown <= 300 : vm.openAtFirst);
    byId("none").hidden = shownVms > 0 || vms.length === 0;
    const counted = (/** @type {number} */ value, /** @type {string} */ noun) =>
      `${value.toLocaleString("en")} ${noun}${value === 1 ? "" : "s"}`;
    byId("status").textContent = narrowed
      ? `${shown.toLocaleString("en")} of ${counted(total, "snapshot")} on ${counted(shownVms, "VM")}`
      : `${counted(total, "snapshot")}, ${counted(shownVms, "VM")} shown`;
    for (const button of document.querySelectorAll("[data-filter]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.filter === filter));
    }
    const rows = visibleRows();
    if (current === undefined || !rows.includes(current)) reach(rows[0]);
    nameAllButton();
  }

  /** @param {HTMLElement} row @param {boolean} folded */
  function fold(row, folded) {
    row.classList.toggle("faint", folded);
    if (folded) row.setAttribute("aria-hidden", "true");
    else row.removeAttribute("aria-hidden");
  }

  function nameAllButton() {
    const some = vms.filter((vm) => !vm.element.hidden && vm.points.length > 0);
    byId("all").textContent = some.length > 0 && some.every(isOpen) ? "Close all" : "Open all";
  }

  function visibleRows() {
    return order.flatMap((vm) => {
      if (vm.element.hidden) return [];
      return isOpen(vm) ? [vm.top, ...vm.rows.filter((row) => !row.classList.contains("faint"))] : [vm.top];
    });
  }

  /** @param {HTMLElement | undefined} row */
  function reach(row) {
    if (current) current.tabIndex = -1;
    current = row;
    if (row) row.tabIndex = 0;
  }

  /** @param {HTMLElement | undefined} row */
  function focusRow(row) {
    if (row === undefined) return;
    reach(row);
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLElement} row */
  const vmOf = (row) => vms.find((vm) => vm.element === row.closest(".vm"));

  /** @param {string} label @param {string} text @param {string} style @returns {[HTMLElement, HTMLElement]} */
  function entry(label, text, style) {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = label;
    value.textContent = text;
    value.className = style;
    return [term, value];
  }

  /** @param {string} command */
  function code(command) {
    const element = document.createElement("code");
    element.textContent = command;
    return element;
  }

  /** @param {string} command */
  function copyButton(command) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      // A browser may refuse the clipboard; the command can then be selected by hand.
      const copied = await navigator.clipboard.writeText(command).then(
        () => true,
        () => false,
      );
      button.textContent = copied ? "Copied" : "Not allowed";
    });
    return button;
  }

  /** @param {HTMLElement} row */
  function showDetails(row) {
    const detail = details[indexOf.get(row) ?? -1];
    if (detail === undefined) return false;
    const list = /** @type {HTMLElement} */ (aside.querySelector("dl"));
    list.replaceChildren(
      ...detail.facts.flatMap(([label, text]) => entry(label, text, label === "Findings" ? "found" : "")),
      ...detail.commands.flatMap(([label, command]) => {
        const [term, value] = entry(label, "", "command");
        value.append(code(command), copyButton(command));
        return [term, value];
      }),
    );
    for (const other of tree.querySelectorAll("[aria-selected=true]")) other.removeAttribute("aria-selected");
    row.setAttribute("aria-selected", "true");
    aside.hidden = false;
    return true;
  }

  function hideDetails() {
    aside.hidden = true;
    const row = /** @type {HTMLElement | null} */ (tree.querySelector("[aria-selected=true]"));
    row?.removeAttribute("aria-selected");
    focusRow(row ?? current);
  }

  tree.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".r"));
    if (row === null || window.getSelection()?.toString()) return;
    const vm = vmOf(row);
    reach(row);
    row.focus();
    if (vm && row === vm.top) {
      setOpen(vm, !isOpen(vm));
      nameAllButton();
    } else showDetails(row);
  });

  tree.addEventListener("keydown", (event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".r"));
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (row === null) {
      // The skip link leads to the tree itself.
      if (event.key === "ArrowDown") focusRow(current);
      return;
    }
    const vm = vmOf(row);
    if (vm === undefined) return;
    const top = row === vm.top;
    const rows = visibleRows();
    const at = rows.indexOf(row);
    const page = Math.max(1, Math.floor(window.innerHeight / 34) - 4);
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowDown: () => focusRow(rows[at + 1]),
      ArrowUp: () => focusRow(rows[at - 1]),
      PageDown: () => focusRow(rows[Math.min(rows.length - 1, at + page)]),
      PageUp: () => focusRow(rows[Math.max(0, at - page)]),
      Home: () => focusRow(rows[0]),
      End: () => focusRow(rows.at(-1)),
      ArrowRight: () => (top && !isOpen(vm) ? setOpen(vm, true) : focusRow(rows[at + 1])),
      ArrowLeft: () => (top ? setOpen(vm, false) : focusRow(parentOf(vm, row))),
      Enter: () => {
        if (top) setOpen(vm, !isOpen(vm));
        else if (showDetails(row)) aside.focus();
      },
      "*": () => openAll(true),
    };
    const action = actions[event.key === " " ? "Enter" : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
    nameAllButton();
  });

  /** The row that this one descends from: the nearest before it of a lower level. @param {Vm} vm @param {HTMLElement} row */
  function parentOf(vm, row) {
    const level = Number(row.getAttribute("aria-level"));
    const before = vm.rows.slice(0, vm.rows.indexOf(row)).reverse();
    return before.find((other) => Number(other.getAttribute("aria-level")) === level - 1) ?? vm.top;
  }

  /** @param {boolean} open */
  function openAll(open) {
    for (const vm of vms) if (!vm.element.hidden) setOpen(vm, open);
    const rows = visibleRows();
    if (current && !rows.includes(current)) reach(vmOf(current)?.top);
    nameAllButton();
  }

  byId("all").addEventListener("click", () => openAll(byId("all").textContent === "Open all"));
  byId("close").addEventListener("click", hideDetails);
  empty.addEventListener("change", apply);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  find.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(apply, total > 1000 ? 120 : 0);
  });
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.addEventListener("click", () => {
      const wanted = /** @type {HTMLElement} */ (button).dataset.filter ?? "";
      filter = wanted === filter ? "" : wanted;
      apply();
    });
  }
  sort.addEventListener("change", () => {
    const by = sort.value;
    const value = (/** @type {Vm} */ vm) => Number(vm.element.dataset[by]);
    order = [...vms].sort((a, b) => value(b) - value(a));
    byId("none").before(...order.map((vm) => vm.element));
    apply();
  });

  document.addEventListener("keydown", (event) => {
    const inField = /** @type {Element} */ (event.target).matches("input, select");
    if (event.key === "/" && !inField) {
      event.preventDefault();
      find.focus();
      find.select();
    } else if (event.key === "Escape" && !aside.hidden) hideDetails();
    else if (event.key === "Escape" && document.activeElement === find) {
      find.value = "";
      apply();
    } else if (event.key === "ArrowDown" && document.activeElement === find) {
      event.preventDefault();
      focusRow(visibleRows()[0]);
    }
  });

  empty.checked = total === 0;
  apply();
})();
