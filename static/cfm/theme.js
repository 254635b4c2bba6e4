// Runs before the first paint: sets the colours the reader chose, or those of the system.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("theme") || "auto";
    } catch {
      return "auto";
    }
  }

  function apply(choice) {
    const theme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.bsTheme = theme;
    root.dataset.themeChoice = choice;
    root.dispatchEvent(new CustomEvent("cfm:theme"));
  }

  window.cfmTheme = {
    choice: chosen,
    apply,
    choose(choice) {
      try {
        localStorage.setItem("theme", choice);
      } catch {
        // no storage: the choice holds for this page
      }
      apply(choice);
    },
  };
  dark.addEventListener("change", () => apply(root.dataset.themeChoice));
  apply(chosen());
})();
