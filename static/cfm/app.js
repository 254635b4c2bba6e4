// Small comforts. Every page works without this file.
(function () {
  "use strict";

  function showThemes() {
    const choice = window.cfmTheme.choice();
    for (const group of document.querySelectorAll(".theme-switch")) {
      group.hidden = false;
    }
    for (const button of document.querySelectorAll("[data-theme-choice]:is(button)")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  function openDialog(event, trigger) {
    const dialog = document.getElementById(trigger.dataset.dialog);
    if (dialog && typeof dialog.showModal === "function") {
      event.preventDefault();
      dialog.showModal();
    }
  }

  function closeMenus(except) {
    for (const menu of document.querySelectorAll(".account-menu[open], .topbar-menu[open]")) {
      if (!except || !menu.contains(except)) {
        menu.open = false;
      }
    }
  }

  document.addEventListener("click", (event) => {
    const theme = event.target.closest("button[data-theme-choice]");
    if (theme) {
      window.cfmTheme.choose(theme.dataset.themeChoice);
      showThemes();
    }
    const trigger = event.target.closest("[data-dialog]");
    if (trigger) {
      openDialog(event, trigger);
    }
    closeMenus(event.target);
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details[open].account-menu, details[open].topbar-menu");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A choice in a filter form takes effect at once; without this file its button does it.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) {
      form.requestSubmit();
    }
  });

  showThemes();
})();
