"use strict";
const place = document.getElementById("redoc");
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
