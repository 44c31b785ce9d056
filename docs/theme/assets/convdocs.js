// What Material's own script leaves undone. This one comes first.

// The search's index and worker, more than all the rest of a page, wait until it is opened.
const opened = new Promise((done) => {
  document.getElementById("__search").addEventListener("change", done, { once: true });
});
const { open, send } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
  this.late = String(url).endsWith("search/search_index.json");
  open.call(this, method, url, ...rest);
};
XMLHttpRequest.prototype.send = function (...body) {
  if (this.late) opened.then(() => send.apply(this, body));
  else send.apply(this, body);
};
const EagerWorker = Worker;
window.Worker = class extends EventTarget {
  constructor(url) {
    super();
    this.worker = opened.then(() => {
      const worker = new EagerWorker(url);
      worker.addEventListener("message", ({ data }) => this.dispatchEvent(new MessageEvent("message", { data })));
      return worker;
    });
  }

  postMessage(message) {
    this.worker.then((worker) => worker.postMessage(message));
  }
};

// Labs are fetched when they come near the reader's window, here and after instant navigation.
const assets = document.currentScript.src.replace(/[^/]*$/, "");
let style;
const fetchLab = async (lab) => {
  style ??= new Promise((done) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: `${assets}labs/labs.css`, onload: done, onerror: done });
    document.body.append(link); // what is in the head goes with the page
  });
  await style;
  try {
    await import(`${assets}labs/${lab.localName.replace("-lab", "")}.js`);
  } catch {
    lab.classList.add("failed");
  }
};
const near = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      fetchLab(target);
    }
  },
  { rootMargin: "400px" },
);
addEventListener("DOMContentLoaded", () => document$.subscribe(() => {
  for (const lab of document.querySelectorAll("correlation-lab, dense-lab, shift-lab, photo-lab, learning-lab")) near.observe(lab);
}));

// The header survives instant navigation, so its language links would still lead to the page
// on which the reader arrived: point them at the page that is open now.
const settings = JSON.parse(document.getElementById("__config").textContent);
const home = new URL(settings.base.replace(/\/*$/, "/"), location).href;
addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.(".md-select__link[hreflang]");
    const page = location.href.split(/[?#]/)[0];
    if (link && page.startsWith(home)) {
      link.href = new URL(`../${link.hreflang}/${page.slice(home.length)}`, home).href + location.search + location.hash;
    }
  },
  true,
);

// The search listens for keys only. Text that comes without one, from an input method (as
// Chinese does), the clipboard or dictation, would be ignored until the next key.
addEventListener("input", (event) => {
  if (event.target.matches("[data-md-component=search-query]")) {
    event.target.dispatchEvent(new KeyboardEvent("keyup"));
  }
});

// A name for what a screen reader would otherwise only call "dialog".
document.querySelector(".md-search")?.setAttribute(
  "aria-label",
  document.querySelector("[data-md-component=search-query]").placeholder,
);

// A picture that moves has a version at rest.
addEventListener("click", ({ target }) => {
  if (!target.matches(".motion")) return;
  const stop = target.getAttribute("aria-pressed") === "false";
  const picture = target.previousElementSibling;
  picture.src = picture.src.split("#")[0] + (stop ? "#still" : "");
  target.setAttribute("aria-pressed", stop);
});

// The theme calls the bar of each code block a place of its own; a page would have dozens.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.nodeName === "NAV" && node.classList.contains("md-code__nav")) node.setAttribute("role", "none");
    }
  }
}).observe(document.body, { childList: true, subtree: true });

// On paper, answers cannot be unfolded.
addEventListener("beforeprint", () => {
  for (const answer of document.querySelectorAll("details.answer, details.hint")) answer.open = true;
});
