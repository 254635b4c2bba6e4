// Keys for reviewing comments: S show, W withhold, R take something out, T themes, L later, U undo. Works without it.
(function () {
  "use strict";

  const card = document.querySelector("form[data-review]");
  const undo = document.querySelector("form[data-undo] button");
  const area = card && card.querySelector("textarea");
  const part = card && card.querySelector("details[data-redact]");

  function takeOut() {
    const from = area.selectionStart;
    if (from === area.selectionEnd) {
      return;
    }
    area.setRangeText(card.querySelector("[data-gap]").dataset.gap, from, area.selectionEnd, "end");
    area.focus();
  }

  function redact() {
    part.open = true;
    area.focus();
    area.setSelectionRange(0, 0);
  }

  const keys = {
    s: () => card.querySelector('[value="show"]').click(),
    w: () => card.querySelector('[value="withhold"]').click(),
    l: () => card.querySelector("[data-later]").click(),
    t: () => card.querySelector("#themes").focus(),
    r: redact,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
      return;
    }
    const field = event.target.closest("input, textarea, select");
    if (field) {
      if (event.key === "Escape") {
        card.querySelector("[data-original]").focus();
      }
      return;
    }
    const key = event.key.toLowerCase();
    const action = key === "u" ? undo && (() => undo.click()) : card && keys[key];
    // Single keys work only while the card (or nothing) has the focus, so that they can't surprise elsewhere.
    if (action && (event.target === document.body || event.target.closest("form[data-review], form[data-undo]"))) {
      event.preventDefault();
      action();
    }
  });

  if (card) {
    const gap = card.querySelector("[data-gap]");
    gap.hidden = false;
    gap.addEventListener("click", takeOut);
    card.querySelector("[data-keys]").hidden = false;
    card.querySelector("[data-original]").focus({ preventScroll: true });
  }
})();
