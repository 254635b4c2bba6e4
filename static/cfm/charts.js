// Draws every [data-figure] from its JSON in the reader's colours. Texts arrive escaped; colours arrive as names:
// a value "var(--cfm-chart-NAME)" stands for that CSS variable and is looked up again when the theme changes.
(function () {
  "use strict";
  const root = document.documentElement;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const probe = document.createElement("span");
  probe.hidden = true;

  // Computed through a probe, since a variable itself may hold light-dark(…), which Plotly can't read.
  function colour(value) {
    if (!probe.isConnected) {
      document.body.append(probe);
    }
    probe.style.color = "";
    probe.style.color = value;
    return getComputedStyle(probe).color;
  }

  function named(name) {
    return colour(`var(--cfm-chart-${name})`);
  }

  function resolved(value) {
    if (typeof value === "string") {
      return value.startsWith("var(--cfm-") ? colour(value) : value;
    }
    if (Array.isArray(value)) {
      return value.map(resolved);
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
    }
    return value;
  }

  // What `given` leaves open is filled in from `base`.
  function filled(base, given) {
    const result = { ...base };
    for (const [key, value] of Object.entries(given || {})) {
      const both = [value, base[key]].every((one) => one && typeof one === "object" && !Array.isArray(one));
      result[key] = both ? filled(base[key], value) : value;
    }
    return result;
  }

  function axis() {
    const grid = named("grid");
    return { gridcolor: grid, zerolinecolor: grid, tickcolor: named("line"), automargin: true };
  }

  function themed(layout, element) {
    const style = getComputedStyle(element);
    const narrow = element.clientWidth < 520;
    const base = {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: style.fontFamily, size: narrow ? 11 : 13, color: named("text") },
      hoverlabel: {
        bgcolor: named("surface"),
        bordercolor: named("line"),
        font: { family: style.fontFamily, size: 13, color: named("text") },
        align: "left",
      },
      legend: { orientation: "h", x: 0, xanchor: "left", y: 1.02, yanchor: "bottom" },
      colorway: ["staff", "manager", "evidence", "composite", "organisation"].map(named),
      dragmode: false,
      xaxis: axis(),
      yaxis: axis(),
    };
    if (layout.polar) {
      const round = { ...axis(), linecolor: named("line") };
      base.polar = { bgcolor: "rgba(0,0,0,0)", radialaxis: round, angularaxis: round };
    }
    const extra = Object.keys(layout).filter((key) => /^[xy]axis\d+$/.test(key));
    for (const key of extra) {
      base[key] = axis();
    }
    const result = filled(base, resolved(layout));
    result.transition = calm.matches ? { duration: 0 } : result.transition;
    if (element.dataset.height) {
      result.height = Number(element.dataset.height);
    }
    return narrow ? fitted(result) : result;
  }

  // Shortens an escaped label without cutting an entity such as &amp; in two.
  function shortened(label, most) {
    const signs = label.match(/&#?\w+;|[^]/gu) || [];
    return signs.length > most ? signs.slice(0, most - 1).join("") + "…" : label;
  }

  // Breaks an escaped label between words into lines of so many signs; only what needs more lines than `most` is cut.
  function broken(label, width, most) {
    const lines = [""];
    for (const word of label.replaceAll("<br>", " ").split(" ")) {
      const signs = (text) => (text.match(/&#?\w+;|[^]/gu) || []).length;
      const last = lines[lines.length - 1];
      if (last && signs(`${last} ${word}`) > width) {
        lines.push(word);
      } else {
        lines[lines.length - 1] = last ? `${last} ${word}` : word;
      }
    }
    const rest = lines.slice(most - 1).join(" ");
    return [...lines.slice(0, most - 1), shortened(rest, width)].filter(Boolean).join("<br>");
  }

  // On a telephone: names of bands would overlap, long names would leave a grid no room, and some charts need another
  // height, which the page keeps free (chart.html).
  function fitted(layout) {
    layout.height = layout.meta?.narrow || layout.height;
    if (layout.annotations) {
      layout.annotations = layout.annotations.filter((note) => note.yref !== "paper");
    }
    if (layout.xaxis.side === "top" && layout.yaxis.ticktext) {
      const sides = [layout.yaxis, layout.yaxis2].filter(Boolean);
      for (const side of sides) {
        side.ticktext = side.ticktext.map((label) =>
          sides.length > 1 ? broken(label, 14, 3) : shortened(label, 17),
        );
      }
    }
    if (layout.barmode === "overlay") {
      layout.yaxis.ticktext = layout.yaxis.ticktext.map((label) => shortened(label.replaceAll("<br>", " ")));
      layout.xaxis.tickvals = [-100, 0, 100];
      layout.xaxis.ticktext = ["100 %", "0 %", "100 %"];
      layout.margin = { ...layout.margin, t: 116 };
    }
    if (layout.meta?.multiples) {
      twoInARow(layout, layout.meta.multiples);
    }
    if (layout.polar) {
      layout.font.size = 10;
      layout.margin = { ...layout.margin, l: 68, r: 68 };
    }
    return layout;
  }

  // Small charts: two in a row instead of four.
  function twoInARow(layout, count) {
    const rows = Math.ceil(count / 2);
    for (let number = 0; number < count; number += 1) {
      const suffix = number ? String(number + 1) : "";
      const left = (number % 2) / 2;
      const top = 1 - Math.floor(number / 2) / rows;
      const across = layout[`xaxis${suffix}`];
      across.domain = [left, left + 0.4];
      across.ticktext = across.ticktext.map((label) => broken(label, 9, 3));
      layout.annotations[number].text = broken(layout.annotations[number].text, 15, 3);
      layout[`yaxis${suffix}`].domain = [top - 0.74 / rows, top - 0.24 / rows];
    }
  }

  function traces(data) {
    // a colour bar needs a style attribute, which the content security policy refuses
    return resolved(data).map((trace) => ("colorscale" in trace ? { ...trace, showscale: false } : trace));
  }

  // Title and description stand in the layer that Plotly keeps for notes: pointing at it brings up no tooltip. The other
  // layers are ticks and labels without their marks; who can't see them has the table.
  function described(element) {
    const layers = Array.from(element.querySelectorAll("svg.main-svg"));
    const top = layers.pop();
    layers.forEach((layer) => layer.setAttribute("aria-hidden", "true"));
    const ids = ["desc", "title"].map((name) => {
      const id = `${element.id}-svg-${name}`;
      const text = document.getElementById(id) || document.createElementNS("http://www.w3.org/2000/svg", name);
      text.id = id;
      text.textContent = name === "title" ? element.dataset.title : element.dataset.description.trim();
      top.prepend(text);
      return id;
    });
    top.setAttribute("aria-labelledby", ids[1]);
    top.setAttribute("aria-describedby", ids[0]);
  }

  function draw(element) {
    const source = document.getElementById(element.dataset.figure);
    if (!source || !window.Plotly) {
      return Promise.resolve();
    }
    const figure = JSON.parse(source.textContent);
    element.querySelectorAll(":scope > .chart-space").forEach((space) => space.remove());
    const config = { responsive: true, displayModeBar: false, scrollZoom: false, locale: root.lang || "en" };
    return window.Plotly.react(element, traces(figure.data), themed(figure.layout || {}, element), config).then(() => {
      described(element);
      element.dataset.drawn = "1";
    });
  }

  function all(within) {
    return Array.from((within || document).querySelectorAll("[data-figure]"));
  }

  // One after another, the first on the page first; between two the page answers to its reader.
  async function drawAll(within) {
    for (const element of all(within)) {
      await draw(element);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  root.addEventListener("cfm:theme", () => drawAll());
  window.matchMedia("(min-width: 40rem)").addEventListener("change", () => drawAll());
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));

  // Paper is white, whatever the screen.
  window.addEventListener("beforeprint", () => {
    root.dataset.bsTheme = "light";
    all().forEach(draw);
  });
  window.addEventListener("afterprint", () => window.cfmTheme.apply(window.cfmTheme.choice()));

  drawAll();
})();
