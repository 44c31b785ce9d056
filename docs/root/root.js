// Send the reader to the language that the browser asks for. Without JavaScript, the page offers both.
const wanted = navigator.languages.find((language) => /^(en|zh)\b/i.test(language)) ?? "en";
const place = new URL(`${wanted.slice(0, 2).toLowerCase()}/`, document.currentScript.src);
location.replace(place.href + location.search + location.hash);
