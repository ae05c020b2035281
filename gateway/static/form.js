// Progressive enhancement of the adhesion form: the list of bodies follows what is typed. Without it, "Search" does the same.
(() => {
  "use strict";
  const field = document.querySelector("input[data-suggest]");
  const results = document.getElementById("results");
  if (!field || !results) return;
  let timer = 0;
  let last = field.value.trim();
  let asking = null;

  const ask = async () => {
    const query = field.value.trim();
    if (query === last || (query && query.length < 2)) return;
    last = query;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${field.dataset.suggest}?query=${encodeURIComponent(query)}`, {
        signal: asking.signal,
        headers: { Accept: "text/html" },
      });
      if (answer.ok) results.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") last = ""; // the button still works
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  });
})();
