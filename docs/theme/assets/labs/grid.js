// What the labs share: elements, words in the page's language, grids of numbers, playing.

/** The words of the page's language. */
export const say = (en, zh) => (document.documentElement.lang.startsWith("zh") ? zh : en);

/** An element: attributes, `on…` handlers and properties, then children. Text stays text. */
export function make(name, attributes = {}, ...children) {
  const space = "svg g rect path line circle ellipse text polyline title".split(" ").includes(name);
  const element = space
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("aria-")) element.setAttribute(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

/** A number for people: no noise of floating point, and a real minus. */
export const show = (value) => String(Number(value.toPrecision(12))).replace("-", "−");

/** What may be typed into a cell; `null` for anything else. */
export function parse(text) {
  const plain = text.normalize("NFKC").trim().replace(/^\+/, "").replace("−", "-");
  if (!/^-?(\d{1,7}(\.\d{0,6})?|\.\d{1,6})$/.test(plain)) return null;
  const value = Number(plain);
  return Math.abs(value) <= 1e6 ? value : null;
}

/** Let the arrow keys walk over the cells of a table; returns what a key event moved to. */
export function walk(event, h, w, at) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return null;
  event.preventDefault();
  const [i, j] = [at[0] + step[0], at[1] + step[1]];
  return i >= 0 && j >= 0 && i < h && j < w ? [i, j] : null;
}

/** A table of cells; `fill(i, j)` makes the content of each. */
export function table(name, h, w, fill) {
  const lines = Array.from({ length: h }, (_, i) =>
    make("tr", {}, Array.from({ length: w }, (_, j) => make("td", {}, fill(i, j)))),
  );
  return make("table", { "aria-label": name }, make("tbody", {}, lines));
}

export const place = (i, j) => say(`row ${i}, column ${j}`, `第 ${i} 行第 ${j} 列`);

/**
 * Numbers to edit, with `padding` rings of zeros around them. `change(i, j, value)` hears of
 * valid ones, `refuse(text, i, j)` of others.
 */
export function editable(name, values, change, refuse, padding = 0) {
  const [h, w] = [values.length, values[0].length];
  const inputs = [];
  const grid = table(name, h + 2 * padding, w + 2 * padding, (y, x) => {
    const [i, j] = [y - padding, x - padding];
    let good = values[i]?.[j];
    if (i < 0 || j < 0 || i >= h || j >= w) return make("span", { class: "pad" }, "0");
    const input = make("input", {
      type: "text",
      inputmode: "text",
      autocomplete: "off",
      size: 1,
      maxlength: 12,
      "aria-label": `${name}: ${place(i, j)}`,
      oninput() {
        const value = parse(input.value);
        const begun = /^[-−+]?[.]?$/.test(input.value) && input.value !== "";
        input.style.setProperty("--n", input.value.length);
        input.setAttribute("aria-invalid", value === null && !begun);
        if (value !== null) change(i, j, (good = value));
        else if (!begun) refuse(input.value, i, j);
      },
      onblur() {
        // What cannot be used goes, with the message about it: the number that is in use stays.
        if (parse(input.value) !== null) return;
        input.value = show(good);
        input.style.setProperty("--n", input.value.length);
        input.setAttribute("aria-invalid", false);
        change(i, j, good);
      },
      onfocus() {
        for (const other of inputs) other.tabIndex = other === input ? 0 : -1;
        input.select();
      },
      onkeydown(event) {
        if (event.key === " ") event.preventDefault();
        const to = walk(event, h, w, [i, j]);
        if (to) inputs[to[0] * w + to[1]].focus();
      },
    });
    input.value = show(good);
    input.style.setProperty("--n", input.value.length);
    input.tabIndex = inputs.length ? -1 : 0; // one stop for Tab; arrows do the rest
    inputs.push(input);
    return input;
  });
  grid.classList.add("numbers");
  return grid;
}

/** A labelled choice. */
export function choice(label, options, value, change) {
  const select = make(
    "select",
    { onchange: () => change(select.value), "aria-label": label },
    options.map(([key, text]) => make("option", { value: key, selected: String(key) === String(value) }, text)),
  );
  return make("label", {}, label, " ", select);
}

/** A labelled slider that says its value. */
export function slider(label, { min, max, step = 1, value, text = show, marks = {} }, change) {
  const output = make("span", { class: "value", "aria-hidden": true }, text(value));
  const input = make("input", {
    type: "range", min, max, step, value,
    oninput() {
      output.textContent = text(Number(input.value));
      input.setAttribute("aria-valuetext", output.textContent);
      change(Number(input.value));
    },
    "aria-valuetext": text(value),
  });
  const marked = Object.entries(marks).map(([name, at]) => {
    const mark = make("span", { class: "mark" }, name);
    mark.style.setProperty("--share", (at - min) / (max - min));
    return mark;
  });
  const whole = make("label", { class: "slider" }, make("span", {}, label), make("span", { class: "track" }, input, marked), output);
  whole.set = (next) => {
    input.value = next;
    output.textContent = text(next);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  return whole;
}

export const button = (text, press, attributes = {}) =>
  make("button", { type: "button", onclick: press, ...attributes }, text);

/** Two or more buttons of which one is down. */
export function tabs(label, options, value, change) {
  const group = make("span", { role: "group", "aria-label": label, class: "tabs" });
  for (const [key, text] of options) {
    group.append(
      button(
        text,
        () => {
          for (const other of group.children) other.setAttribute("aria-pressed", other.dataset.key === key);
          change(key);
        },
        { "aria-pressed": key === value, "data-key": key },
      ),
    );
  }
  return group;
}

/** The base of all labs: it builds itself beside the static picture, which stays for paper. */
export class Lab extends HTMLElement {
  connectedCallback() {
    if (!this.built) {
      this.built = true;
      this.body = make("div", { class: "lab", role: "group", "aria-label": this.name() });
      this.append(this.body);
      this.build();
      this.setAttribute("ready", "");
    }
  }

  disconnectedCallback() {
    this.stop();
  }

  /** Call `tick` every `pause` milliseconds until `stop`. */
  run(tick, pause) {
    this.stop();
    this.timer = setInterval(tick, pause);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
