(() => {
  // Storage may be refused, as for a file on some browsers; the choice then lasts as long as the page.
  const stored = () => {
    try {
      return localStorage.getItem("snapstate-theme");
    } catch {
      return null;
    }
  };
  /** @param {string} theme */
  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme]")) {
      if (button.matches("button")) {
        button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.theme === theme));
      }
    }
  }
  for (const button of document.querySelectorAll("button[data-theme]")) {
    button.addEventListener("click", () => {
      const theme = /** @type {HTMLElement} */ (button).dataset.theme ?? "auto";
      setTheme(theme);
      try {
        localStorage.setItem("snapstate-theme", theme);
      } catch {
        // See above.
      }
    });
  }
  setTheme(stored() ?? "auto");
})();
