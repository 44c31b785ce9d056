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

const LABS = "correlation-lab, dense-lab, shift-lab, photo-lab, learning-lab";

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
// Without Material's own script, which a reader who moves on may have cut off, there is nothing to do.
addEventListener("DOMContentLoaded", () => window.document$?.subscribe(() => {
  for (const lab of document.querySelectorAll(LABS)) near.observe(lab);
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

// A picture that moves has a version at rest. And a picture stands in the scheme of its element,
// but in WebKit in that of the system, or in none: there, it gets a copy that knows one only.
const webkit = navigator.vendor.startsWith("Apple");
const system = matchMedia("(prefers-color-scheme: dark)");
let onPaper = false;
const isDark = () => document.body.dataset.mdColorScheme === "slate" && !onPaper;
const dress = async (picture) => {
  picture.dataset.src ??= picture.src;
  let address = picture.dataset.src;
  const dark = isDark();
  if (webkit && (dark || system.matches) && address.endsWith(".svg")) {
    const svg = await fetch(address).then((answer) => answer.text(), () => "");
    if (!svg || dark !== isDark()) return; // the reader has gone on, or wants the other by now
    const own = svg.replaceAll("@media(prefers-color-scheme:dark)", dark ? "@media all" : "@media not all");
    address = `data:image/svg+xml,${encodeURIComponent(own)}`;
  }
  if (picture.nextElementSibling?.ariaPressed === "true") address += "#still";
  if (picture.src !== address) picture.src = address;
};
const dressAll = () => document.querySelectorAll(".picture, .figure").forEach(dress);
addEventListener("DOMContentLoaded", () => window.document$?.subscribe(dressAll));
new MutationObserver(dressAll).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
for (const event of ["beforeprint", "afterprint"]) {
  addEventListener(event, () => {
    onPaper = event === "beforeprint";
    dressAll();
  });
}
addEventListener("click", ({ target }) => {
  if (!target.matches(".motion")) return;
  target.ariaPressed = target.ariaPressed === "false";
  dress(target.previousElementSibling);
});

// The theme calls the bar of each code block a place of its own; a page would have dozens.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.nodeName === "NAV" && node.classList.contains("md-code__nav")) node.setAttribute("role", "none");
    }
  }
}).observe(document.body, { childList: true, subtree: true });

// A formula is copied as its TeX, whole even if a part of it was selected.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection.rangeCount) return;
  const range = selection.getRangeAt(0).cloneRange();
  const around = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("math");
  const [first, last] = [around(range.startContainer), around(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = range.cloneContents();
  const formulas = copied.querySelectorAll("math");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const mark = formula.getAttribute("display") === "block" ? "$$" : "$";
    formula.replaceWith(mark + formula.querySelector("annotation").textContent + mark);
  }
  event.clipboardData.setData("text/plain", copied.textContent.trim());
  event.preventDefault();
});

// A term's sentence goes away with Escape, too.
addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const term of document.querySelectorAll("abbr:is(:hover, :focus)")) {
    term.blur();
    term.dispatchEvent(new MouseEvent("mouseleave"));
  }
});

// The theme's single keys (n, p, f, s, …) lead away from the page: not from inside a lab, and
// nowhere for readers who have turned them off on the page about the site.
const keys = {
  get off() {
    try { return localStorage.getItem("convdocs.keys") === "off"; } catch { return false; }
  },
  set off(off) {
    try { localStorage.setItem("convdocs.keys", off ? "off" : "on"); } catch { /* forgotten with the page */ }
  },
};
addEventListener("keydown", (event) => {
  const single = !event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1;
  if (single && (keys.off || event.target.closest?.(LABS))) event.stopImmediatePropagation();
});
addEventListener("DOMContentLoaded", () => window.document$?.subscribe(() => {
  document.querySelector(".keys-off")?.setAttribute("aria-pressed", keys.off);
}));
addEventListener("click", ({ target }) => {
  if (!target.matches(".keys-off")) return;
  keys.off = !keys.off;
  target.setAttribute("aria-pressed", keys.off);
});
