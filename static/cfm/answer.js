// Comforts of the answer page: saves the draft while one answers, number keys, a counter. Works without this file.
(function () {
  "use strict";

  const form = document.querySelector("form[data-answer]");
  if (!form) {
    return;
  }
  const status = form.querySelector("[data-status]");
  const questions = [...form.querySelectorAll("[data-question]")];
  const comment = form.querySelector("[data-comment]");
  let timer = 0;
  let running = null;
  let dirty = false;
  let leaving = false;
  let hintTimer = 0;

  function say(state) {
    status.textContent = form.dataset[state] || "";
    status.dataset.state = state === "signedOut" || state === "closed" ? "failed" : state;
  }

  function body() {
    const data = new FormData(form);
    data.set("go", "save");
    return data;
  }

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  }

  async function send() {
    say("saving");
    dirty = false;
    try {
      const answer = await fetch(form.action, { method: "POST", body: body(), redirect: "manual", keepalive: true });
      if (answer.status === 204) {
        say(dirty ? "saving" : "saved");
      } else if (answer.status === 409) {
        say("closed");
      } else if (answer.type === "opaqueredirect" || answer.status === 403) {
        // Signing in again, in another tab, is enough: this form still says for whom it was made.
        dirty = true;
        say("signedOut");
        later(15000);
      } else {
        throw new Error(String(answer.status));
      }
    } catch {
      dirty = true;
      say("failed");
      later(5000);
    }
  }

  // One save at a time, so that an older one can't arrive after a newer one.
  async function save() {
    clearTimeout(timer);
    if (running) {
      await running;
    }
    if (!dirty || leaving) {
      return;
    }
    running = send();
    await running;
    running = null;
  }

  function changed(milliseconds) {
    dirty = true;
    later(milliseconds);
  }

  function radio(question, code) {
    return question.querySelector(`input[value="${code}"]`);
  }

  function goTo(question) {
    const next = questions[questions.indexOf(question) + 1];
    const target = next
      ? next.querySelector("input:checked") || next.querySelector("input")
      : comment || form.querySelector(".answer-actions button");
    target.focus({ preventScroll: true });
    (next || target).scrollIntoView({ block: "nearest" });
  }

  function clear(question) {
    const chosen = question.querySelector("input:checked");
    if (chosen) {
      chosen.checked = false;
      chosen.focus();
      changed(400);
    }
  }

  function answerByKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea")) {
      return;
    }
    const question =
      event.target.closest("[data-question]") || questions.find((one) => !one.querySelector("input:checked"));
    if (!question) {
      return;
    }
    const key = event.key.toLowerCase();
    const code = key === "0" || key === "n" ? "x" : /^[1-9]$/.test(key) ? key : "";
    const option = code && radio(question, code);
    if (option) {
      event.preventDefault();
      option.checked = true;
      changed(400);
      goTo(question);
    } else if (key === "backspace" || key === "delete") {
      event.preventDefault();
      clear(question);
    }
  }

  // Asks whether the comment could tell about a person. The text is looked at and forgotten; a failure is no news.
  async function warn() {
    const box = form.querySelector("[data-hints]");
    const data = new FormData();
    for (const name of ["csrfmiddlewaretoken", "whose", "comment"]) {
      data.set(name, form.elements[name] ? form.elements[name].value : "");
    }
    try {
      const answer = await fetch(comment.dataset.hintsUrl, { method: "POST", body: data, redirect: "manual" });
      const found = answer.ok ? (await answer.json()).hints : [];
      const list = box.querySelector("ul");
      if (found.join() !== [...list.children].map((one) => one.textContent).join()) {
        list.replaceChildren(...found.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
      }
      box.hidden = !found.length;
    } catch {
      box.hidden = true;
    }
  }

  function count() {
    const counter = form.querySelector("[data-count]");
    counter.textContent = counter.dataset.left.replace("%s", String(comment.maxLength - comment.value.length));
  }

  form.addEventListener("change", (event) => changed(event.target === comment ? 0 : 400));
  form.addEventListener("keydown", answerByKey);
  form.addEventListener("click", (event) => {
    const button = event.target.closest(".question-clear");
    if (button) {
      event.preventDefault();
      clear(button.closest("[data-question]"));
    }
  });
  if (comment) {
    comment.addEventListener("input", () => {
      count();
      changed(1000);
      clearTimeout(hintTimer);
      hintTimer = setTimeout(warn, 1200);
    });
    count();
    if (comment.value) {
      warn();
    }
  }

  // A save on its way ends before the page is left, so that it can't undo what the page itself sends.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    leaving = true;
    if (running) {
      event.preventDefault();
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 3000))]);
      running = null;
      form.requestSubmit(event.submitter);
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && dirty && !leaving) {
      save();
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && dirty && !leaving) {
      save();
    }
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });

  const deadline = form.querySelector("[data-until]");
  function tick() {
    const minutes = Math.max(0, Math.floor((Date.parse(deadline.dataset.until) - Date.now()) / 60000));
    deadline.querySelector("[data-left]").textContent = deadline.dataset.minutes.replace("%s", String(minutes));
  }
  if (deadline) {
    tick();
    setInterval(tick, 20000);
  }

  const hint = form.querySelector("[data-keys]");
  if (hint && window.matchMedia("(hover: hover) and (pointer: fine)").matches) {
    hint.hidden = false;
  }
  if (location.hash === "#questions") {
    document.getElementById("questions").focus({ preventScroll: true });
  }
})();
