// What a page says and how it is built, for faults.py. `others` is the part that others made.
(others) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (elements) => elements.map((one) => one.outerHTML.slice(0, 160));
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.replace(/\s+/g, " ").trim();
    const skipped = `script, style, code, pre, textarea, option, [lang]:not(html), ${others}`;
    if (text && !walker.currentNode.parentElement.closest(skipped)) texts.push(text);
  }
  const references = all("[aria-describedby], [aria-labelledby], label[for]").flatMap((one) =>
    ["aria-describedby", "aria-labelledby", "for"].flatMap((name) => (one.getAttribute(name) ?? "").split(" ")),
  );
  const named = (table) => table.caption || table.getAttribute("aria-label") || table.getAttribute("aria-labelledby");
  return {
    texts,
    structure: {
      "no heading": all("h1").length ? [] : [location.pathname],
      "no skip link first": document.querySelector("a, button, input")?.closest(".skiplinks") ? [] : [location.pathname],
      "references to nothing": references.filter((id) => id && !document.getElementById(id)),
      "tables without a name": shown(all(`table:not(${others} *)`).filter((one) => !named(one))),
      "errors that no field names": shown(
        all("[aria-invalid=true]").filter((one) => !one.getAttribute("aria-describedby")),
      ),
      "inline scripts": shown(all("script:not([src])")),
      "inline styles": document.querySelector(others) ? [] : shown(all("main [style], style")),
      "wider than the screen":
        document.documentElement.scrollWidth > document.documentElement.clientWidth ? [location.pathname] : [],
    },
  };
}
