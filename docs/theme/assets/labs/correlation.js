// Cross-correlation by hand: edit every number, and see where each output comes from.
import { button, choice, editable, Lab, make, parse, place, say, show, slider, table, tabs, walk } from "./grid.js";
import { correlate, flip, products, rows, shape } from "./mathematics.js";

const count = (h, w) => rows(h, w, (i, j) => i * w + j);
const ones = (h, w) => rows(h, w, () => 1);
const PRESETS = {
  window: { name: () => say("the lesson's example", "本课的例子"), X: count(3, 3), K: count(2, 2) },
  bar: {
    name: () => say("black bar and edge kernel", "黑条与边缘核"),
    X: rows(6, 8, (_, j) => Number(j < 2 || j > 5)),
    K: [[1, -1]],
  },
  point: {
    name: () => say("a single bright point", "一个亮点"),
    X: rows(5, 5, (i, j) => Number(i === 2 && j === 2)),
    K: rows(3, 3, (i, j) => 3 * i + j + 1),
  },
  same: { name: () => say("padding keeps the size", "用填充保持大小"), X: count(4, 4), K: ones(3, 3), padding: 1 },
  stride: { name: () => say("a stride of 2", "步幅为 2"), X: count(6, 6), K: ones(2, 2), stride: 2 },
  dilation: { name: () => say("a dilation of 2", "空洞为 2"), X: count(6, 6), K: ones(2, 2), dilation: 2 },
};
const LIMITS = { stride: [1, 4], padding: [0, 3], dilation: [1, 3] };
const python = (X) => `[${X.map((row) => `[${row.map((x) => (Number.isInteger(x) ? `${x}.0` : x)).join(", ")}]`).join(", ")}]`;

class CorrelationLab extends Lab {
  name() {
    return say("Correlation lab", "互相关实验");
  }

  build() {
    this.path = location.pathname;
    this.state = {};
    this.preset = this.getAttribute("preset") ?? "window";
    Object.assign(this.state, this.fromPreset(this.preset), { op: this.getAttribute("op") ?? "corr" });
    this.message = make("p", { class: "message", role: "alert" });
    this.sum = make("p", { class: "sum", "aria-live": "polite" });
    this.grids = make("div", { class: "grids" });
    this.controls = make("div", { class: "controls" });
    this.transport = make("div", { class: "controls" });
    this.code = make("pre", { class: "code", hidden: true, tabindex: 0 });
    this.copied = make("span", { role: "status" });
    this.body.append(
      this.controls,
      make(
        "p",
        { class: "note" },
        say(
          "Type over any number; choose an output to see its sum. Arrow keys move, Space plays.",
          "每个数都可以改；选一个输出，看它的求和式。方向键移动，空格键播放。",
        ),
      ),
      this.grids,
      this.sum,
      this.message,
      this.transport,
      make("div", { class: "controls" }, ...this.copyButtons(), this.copied),
      this.code,
    );
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("pointerover", ({ target }) => this.point(target.closest("[data-n]")?.dataset.n));
    this.body.addEventListener("pointerleave", () => this.point());
    this.fromAddress();
    this.structure();
  }

  fromPreset(key) {
    const { X, K, ...options } = PRESETS[key] ?? PRESETS.window;
    return { stride: 1, padding: 0, dilation: 1, ...options, X: X.map((r) => [...r]), K: K.map((r) => [...r]), name: undefined, at: 0 };
  }

  /** A teacher's link; what is wrong in it is named and left out. */
  fromAddress() {
    const query = new URLSearchParams(location.search);
    const wrong = [];
    for (const name of ["X", "K"]) {
      if (!query.has(name)) continue;
      const values = query.get(name).slice(0, 2000).split(";").map((row) => row.split(",").map(parse));
      const good = values.length <= 8 && values.every((row) => row.length <= 8 && row.length === values[0].length && !row.includes(null));
      if (good) [this.state[name], this.preset] = [values, ""];
      else wrong.push(name);
    }
    for (const [name, [least, most]] of Object.entries(LIMITS)) {
      if (!query.has(name)) continue;
      const text = query.get(name);
      if (/^\d$/.test(text) && text >= least && text <= most) this.state[name] = Number(text);
      else wrong.push(name);
    }
    if (query.has("op")) {
      if (["corr", "conv"].includes(query.get("op"))) this.state.op = query.get("op");
      else wrong.push("op");
    }
    if (/^\d{1,3}$/.test(query.get("at") ?? "")) this.state.at = Number(query.get("at"));
    this.notice = wrong.length
      ? say(
          `The link's ${wrong.join(", ")} cannot be shown, and is left out: see the limits of the controls; grids are 8×8 at most, numbers up to a million.`,
          `链接中的 ${wrong.join("、")} 无法显示，已略去：各控件有其范围；网格至多 8×8，数的绝对值不超过一百万。`,
        )
      : "";
  }

  /** Keep the address in step, so that it can be shared. */
  toAddress() {
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      if (!this.isConnected || location.pathname !== this.path) return; // the reader has gone on
      const { X, K, op, stride, padding, dilation, at } = this.state;
      const text = (M) => M.map((row) => row.join(",")).join(";");
      const query = new URLSearchParams({ X: text(X), K: text(K), op, stride, padding, dilation, at });
      history.replaceState(history.state, "", `?${query.toString().replaceAll("%2C", ",").replaceAll("%3B", ";")}${location.hash}`);
    }, 300);
  }

  get used() {
    return this.state.op === "conv" ? flip(this.state.K) : this.state.K;
  }

  /** Everything anew: for another size, option or example. */
  structure(changed = false) {
    const { state } = this;
    const focused = [...this.controls.querySelectorAll("button, select")].indexOf(document.activeElement);
    const size = (name, axis, label) => {
      const lengths = Array.from({ length: 8 }, (_, n) => [n + 1, n + 1]);
      const one = choice(label, lengths, shape(state[name])[axis], (n) => this.resize(name, axis, Number(n)));
      return one.querySelector("select");
    };
    const sized = (text, name) =>
      make(
        "span",
        { class: "size" },
        `${text} `,
        size(name, 0, `${text}: ${say("rows", "行数")}`),
        " × ",
        size(name, 1, `${text}: ${say("columns", "列数")}`),
      );
    this.controls.replaceChildren(
      tabs(
        say("operation", "运算"),
        [["corr", say("cross-correlation", "互相关")], ["conv", say("convolution", "卷积")]],
        state.op,
        (op) => {
          state.op = op;
          this.structure(true);
        },
      ),
      choice(
        say("example", "例子"),
        [["", say("your own", "自定义")], ...Object.entries(PRESETS).map(([key, { name }]) => [key, name()])],
        this.preset,
        (key) => {
          if (!key) return;
          this.preset = key;
          Object.assign(state, this.fromPreset(key));
          this.structure(true);
        },
      ),
      sized(say("input", "输入"), "X"),
      sized(say("kernel", "卷积核"), "K"),
      ...Object.entries({ stride: say("stride", "步幅"), padding: say("padding", "填充"), dilation: say("dilation", "空洞") }).map(
        ([name, label]) => {
          const [least, most] = LIMITS[name];
          const options = Array.from({ length: most - least + 1 }, (_, n) => [least + n, least + n]);
          return choice(label, options, state[name], (n) => {
            state[name] = Number(n);
            this.preset = "";
            this.structure(true);
          });
        },
      ),
    );
    this.controls.querySelectorAll("button, select")[focused]?.focus({ preventScroll: true });
    const refuse = (name) => (text, i, j) =>
      this.tell(
        say(
          `${name}, ${place(i, j)}: “${text}” cannot be used: give a number up to a million with at most 6 decimals.`,
          `${name} ${place(i, j)}：“${text}”无法使用：请输入绝对值不超过一百万、至多 6 位小数的数。`,
        ),
      );
    const change = (name) => (i, j, value) => {
      state[name][i][j] = value;
      this.tell("");
      this.own();
      if (name === "K" && state.op === "conv") {
        this.turned.classList.remove("turning");
        this.flipped();
      }
      this.values(true);
    };
    this.input = editable("X", state.X, change("X"), refuse("X"), state.padding);
    this.kernel = editable("K", state.K, change("K"), refuse("K"));
    this.turned = make("div");
    const part = (title, ...content) => make("figure", {}, make("figcaption", {}, title), ...content);
    this.output = make("div");
    this.grids.replaceChildren(
      part(say("input X", "输入 X"), this.input),
      part(say("kernel K", "卷积核 K"), this.kernel),
      part(say("output Y", "输出 Y"), this.output),
    );
    if (state.op === "conv") {
      this.grids.children[1].after(part(say("K flipped", "翻转后的 K"), this.turned));
      this.flipped();
      this.turned.classList.add("turning");
    }
    this.tell(this.notice);
    this.notice = "";
    this.values(changed);
    this.transports();
  }

  flipped() {
    const K = this.used;
    this.turned.replaceChildren(table(say("K flipped", "翻转后的 K"), ...shape(K), (i, j) => make("span", {}, show(K[i][j]))));
    this.turned.firstChild.classList.add("numbers");
  }

  /** The numbers are the reader's now, no example's. */
  own() {
    this.preset = "";
    this.controls.querySelector("select").value = "";
  }

  resize(name, axis, n) {
    const [h, w] = axis === 0 ? [n, shape(this.state[name])[1]] : [shape(this.state[name])[0], n];
    const old = this.state[name];
    this.state[name] = rows(h, w, (i, j) => old[i]?.[j] ?? 0);
    this.preset = "";
    this.structure(true);
  }

  tell(text) {
    this.message.textContent = text;
  }

  /** The output, from the numbers as they are. */
  values(changed) {
    const { state } = this;
    const Y = correlate(state.X, this.used, state);
    this.Y = Y;
    const [h, w] = Y.length && Y[0].length ? shape(Y) : [0, 0];
    if (h * w === 0) {
      this.stop();
      this.output.replaceChildren("–");
      this.sum.textContent = say(
        "The kernel does not fit inside the input: make it smaller, or the padding larger.",
        "卷积核放不进输入：把它改小，或加大填充。",
      );
    } else {
      state.at = Math.min(state.at, h * w - 1);
      this.output.replaceChildren(
        table(say("output Y", "输出 Y"), h, w, (i, j) =>
          button(show(Y[i][j]), () => this.go(i * w + j, true), {
            "aria-label": `Y ${place(i, j)}: ${show(Y[i][j])}`,
            onpointerenter: () => this.timer === undefined && this.mark(i * w + j),
            onpointerleave: () => this.timer === undefined && this.mark(state.at),
          }),
        ),
      );
      this.output.firstChild.classList.add("numbers");
      this.mark(state.at);
    }
    if (changed) {
      this.toAddress();
      this.code.hidden = true;
      this.copied.textContent = "";
    }
  }

  /** Light up one output, its window, and the sum between them. */
  mark(at) {
    const w = this.Y[0].length;
    const [i, j] = [Math.floor(at / w), at % w];
    const { padding } = this.state;
    for (const lit of this.body.querySelectorAll("td")) {
      lit.classList.remove("lit", "hot");
      delete lit.dataset.n;
    }
    const kernel = this.state.op === "conv" ? this.turned.firstChild : this.kernel;
    const terms = products(this.state.X, this.used, i, j, this.state).map(({ a, b, y, x, weight, pixel }, n) => {
      for (const cell of [this.input.rows[y + padding]?.cells[x + padding], kernel.rows[a].cells[b]]) {
        cell?.classList.add("lit");
        if (cell) cell.dataset.n = n;
      }
      const factor = weight < 0 ? `(${show(weight)})` : show(weight);
      return make("span", { "data-n": n }, `${pixel < 0 ? `(${show(pixel)})` : show(pixel)}×${factor}`);
    });
    const cell = this.output.firstChild.rows[i].cells[j];
    cell.classList.add("lit");
    for (const other of this.output.querySelectorAll("button")) {
      other.tabIndex = -1;
      other.removeAttribute("aria-current");
    }
    cell.firstChild.tabIndex = 0;
    cell.firstChild.setAttribute("aria-current", "true");
    this.sum.replaceChildren(
      ...terms.flatMap((term, n) => (n ? [" + ", term] : [term])),
      " = ",
      make("strong", {}, show(this.Y[i][j])),
    );
    this.scrub?.set(at + 1);
  }

  /** One product: its pixel, its weight and its term. */
  point(n) {
    for (const hot of this.body.querySelectorAll(".hot")) hot.classList.remove("hot");
    if (n !== undefined) for (const same of this.body.querySelectorAll(`[data-n="${n}"]`)) same.classList.add("hot");
  }

  go(at, pinned) {
    const total = this.Y.length ? this.Y.length * this.Y[0].length : 0;
    if (!total) return;
    if (pinned) this.pause();
    this.state.at = (at + total) % total;
    this.mark(this.state.at);
    if (pinned) this.toAddress();
  }

  transports() {
    const total = this.Y.length ? this.Y.length * this.Y[0].length : 0;
    const playing = this.timer !== undefined;
    this.player = button("", () => this.toggle());
    this.scrub = slider(
      say("output", "输出"),
      { min: 1, max: Math.max(1, total), value: this.state.at + 1, text: (n) => (total ? `${n} / ${total}` : "–") },
      (n) => this.go(n - 1, true),
    );
    this.transport.replaceChildren(
      button(say("◀ Back", "◀ 上一步"), () => this.go(this.state.at - 1, true)),
      this.player,
      button(say("Step ▶", "下一步 ▶"), () => this.go(this.state.at + 1, true)),
      this.scrub,
    );
    if (playing && total) this.play();
    else this.pause();
  }

  toggle() {
    if (this.timer === undefined) this.play();
    else this.pause();
  }

  play() {
    if (!this.Y.length || !this.Y[0].length) return;
    this.sum.setAttribute("aria-live", "off");
    this.player.textContent = say("❚❚ Pause", "❚❚ 暂停");
    this.run(() => this.go(this.state.at + 1, false), 900);
  }

  pause() {
    this.stop();
    this.sum.setAttribute("aria-live", "polite");
    this.player.textContent = say("▶ Play", "▶ 播放");
  }

  key(event) {
    const { target } = event;
    const cell = target.closest("td");
    if (cell && this.output.contains(target)) {
      const w = this.Y[0].length;
      const to = walk(event, this.Y.length, w, [cell.parentNode.rowIndex, cell.cellIndex]);
      if (to) {
        this.go(to[0] * w + to[1], true);
        this.output.firstChild.rows[to[0]].cells[to[1]].firstChild.focus();
      }
    }
    const free = !target.matches("input, select, button") || target.closest("td");
    if (event.key === " " && free) {
      event.preventDefault();
      this.toggle();
    }
  }

  copyButtons() {
    return ["PyTorch", "NumPy", "convdocs"].map((library) =>
      button(say(`Copy as ${library}`, `复制成 ${library} 代码`), async () => {
        const code = this.snippet(library);
        this.code.textContent = code;
        this.code.hidden = false;
        try {
          await navigator.clipboard.writeText(code);
          this.copied.textContent = say("Copied.", "已复制。");
        } catch {
          this.copied.textContent = say("Select the code below to copy it.", "请选中下面的代码复制。");
        }
      }),
    );
  }

  snippet(library) {
    const { X, K, op, stride, padding, dilation } = this.state;
    const conv = op === "conv";
    if (library === "PyTorch") {
      return `import torch
from torch.nn import functional as F

X = torch.tensor(${python(X)}, dtype=torch.float64)
K = torch.tensor(${python(K)}, dtype=torch.float64)
Y = F.conv2d(
    X[None, None],
    K[None, None]${conv ? ".flip(2, 3)" : ""},
    stride=${stride},
    padding=${padding},
    dilation=${dilation},
)[0, 0]
print(Y)
`;
    }
    if (library === "NumPy") {
      const span = (n) => dilation * (n - 1) + 1;
      const [kh, kw] = shape(K);
      return `import numpy as np

X = np.array(${python(X)})
K = np.array(${python(K)})${conv ? "[::-1, ::-1]" : ""}
windows = np.lib.stride_tricks.sliding_window_view(np.pad(X, ${padding}), (${span(kh)}, ${span(kw)}))
Y = (windows[::${stride}, ::${stride}, ::${dilation}, ::${dilation}] * K).sum(axis=(2, 3))
print(Y)
`;
    }
    const call = conv ? "conv2d" : "corr2d";
    return `import numpy as np
from convdocs import ${call}

X = np.array(${python(X)})
K = np.array(${python(K)})
Y = ${call}(X, K, stride=${stride}, padding=${padding}, dilation=${dilation})
print(Y)
`;
  }
}

customElements.define("correlation-lab", CorrelationLab);
