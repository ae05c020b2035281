"use strict";
const place = document.getElementById("redoc");
// What scrolls must be reached by keyboard: Redoc's samples of code do not offer it.
new MutationObserver(() => {
  for (const sample of place.querySelectorAll("pre:not([tabindex])")) sample.tabIndex = 0;
}).observe(place, { childList: true, subtree: true });
const family = '"Titillium Web", sans-serif';
Redoc.init(
  place.dataset.description,
  {
    disableSearch: true,
    hideDownloadButton: true,
    nativeScrollbars: true,
    requiredPropsFirst: true,
    theme: { typography: { fontFamily: family, headings: { fontFamily: family } } },
  },
  place,
);
