// A planning run while it goes on: figures follow the server's events; while its plan is published, the page looks again.
// Without it, the page reloads itself.
(() => {
  "use strict";
  const again = document.querySelector("[data-look-again]");
  if (again) window.setTimeout(() => window.location.reload(), again.dataset.lookAgain * 1000);
  const live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  const share = document.getElementById("share");
  const phase = document.getElementById("phase");
  const shown = Object.fromEntries(["cost", "bound", "gap"].map((name) => [name, document.getElementById(name)]));
  const language = document.documentElement.lang;
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });

  const events = new EventSource(live.dataset.events);
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (told.share !== null) share.value = told.share;
    const words = told.phase && phase.getAttribute(`data-${told.phase.replaceAll("_", "-")}`);
    if (words && phase.textContent !== words) phase.textContent = words;
    if (told.cost) shown.cost.textContent = whole.format(told.cost);
    if (told.bound) shown.bound.textContent = whole.format(told.bound);
    if (told.cost && told.bound) shown.gap.textContent = percent.format((told.cost - told.bound) / told.cost);
  });
  events.addEventListener("map", (event) => {
    const svg = document.getElementById("map");
    const draw = (name, values, title) => {
      const shape = document.createElementNS(svg.namespaceURI, name);
      for (const [key, value] of Object.entries(values)) shape.setAttribute(key, value);
      if (title) shape.appendChild(document.createElementNS(svg.namespaceURI, "title")).textContent = title;
      return shape;
    };
    const dots = JSON.parse(event.data).dots;
    svg.querySelector(".map-lines").replaceChildren(...dots.map((dot) => draw("path", { d: dot.lines })));
    svg.querySelector(".map-dots").replaceChildren(
      ...dots.map((dot) => draw("circle", { class: "map-dot", cx: dot.x, cy: dot.y, r: 4 }, dot.title)),
    );
  });
  events.addEventListener("ended", () => {
    events.close();
    window.location.reload();
  });
})();
