// One layer with all its weights: dense, re-indexed, shared, local.
import { Lab, make, say, slider, tabs, walk } from "./grid.js";
import { humanBytes, ledger } from "./mathematics.js";

const PHOTO = [3000, 4000];
const SIDE = 480;
const STEPS = () => [
  say("fully connected", "全连接"),
  say("re-indexed", "重新索引"),
  say("shared", "共享"),
  say("local", "局部"),
];
const WHAT = () => [
  say(
    "Each block is a hidden unit, each square in it the weight of one pixel. All weights differ.",
    "每一块是一个隐藏单元，块里每个小方格是它对一个像素的权重。所有权重互不相同。",
  ),
  say(
    "The same weights, each moved to its offset from the unit, which sits in the middle of its block. Nothing is saved.",
    "还是那些权重，各自移到相对于隐藏单元的偏移处，隐藏单元自己在块的正中。什么也没省。",
  ),
  say(
    "Translation invariance: the same offset has the same weight in every block.",
    "平移不变性：同一个偏移，在每一块里都是同一个权重。",
  ),
  say(
    "Locality: beyond Δ, the weights are zero. What is left in each block is the kernel.",
    "局部性：超过 Δ，权重为零。每一块里剩下的就是卷积核。",
  ),
];

class DenseLab extends Lab {
  name() {
    return say("From dense to convolutional", "从全连接到卷积");
  }

  build() {
    this.n = 4;
    this.delta = 1;
    this.step = 0;
    this.at = [1, 1, 1, 2];
    const controls = make("div", { class: "controls" });
    this.reach = slider("Δ", { min: 0, max: 3, value: this.delta }, (delta) => {
      this.delta = delta;
      this.paint();
    });
    controls.append(
      tabs(say("step", "步骤"), STEPS().map((name, n) => [String(n), name]), "0", (step) => {
        this.step = Number(step);
        this.paint();
      }),
      slider(say("side of the image", "图像边长"), { min: 2, max: 6, value: this.n }, (n) => {
        this.n = n;
        this.delta = Math.min(this.delta, n - 1);
        this.reach.querySelector("input").max = n - 1;
        this.reach.set(this.delta);
        this.at = this.at.map((x) => Math.min(x, n - 1));
        this.draw();
      }),
      this.reach,
    );
    this.what = make("p", { class: "note", "aria-live": "polite" });
    this.svg = make("svg", {
      viewBox: `0 0 ${SIDE} ${SIDE}`,
      width: SIDE,
      height: SIDE,
      tabindex: 0,
      role: "application",
      "aria-label": say(
        "All weights. Arrow keys move over the pixels of a hidden unit, with Shift over the hidden units.",
        "全部权重。方向键在一个隐藏单元的像素间移动，按住 Shift 则在隐藏单元间移动。",
      ),
      onkeydown: (event) => this.key(event),
      onpointermove: (event) => this.touch(event),
      onpointerdown: (event) => this.touch(event),
    });
    this.said = make("p", { class: "sum", "aria-live": "polite" });
    this.ledger = make("table", { class: "ledger" });
    this.body.append(
      controls,
      this.what,
      make("div", { class: "split" }, this.svg, make("div", {}, this.said, this.ledger)),
    );
    this.draw();
  }

  /** Every weight as a square, at (i, j, k, l). */
  draw() {
    const { n } = this;
    this.cells = [];
    this.frames = [];
    this.svg.replaceChildren();
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < n; j += 1) {
        const frame = make("rect", { fill: "none", stroke: "var(--md-default-fg-color--lighter)" });
        this.frames.push({ frame, i, j });
        this.svg.append(frame);
        for (let k = 0; k < n; k += 1) {
          for (let l = 0; l < n; l += 1) {
            const rect = make("rect", { x: 0, y: 0, "data-at": `${i},${j},${k},${l}` });
            this.cells.push({ rect, i, j, k, l });
            this.svg.append(rect);
          }
        }
      }
    }
    this.paint();
  }

  /** Where each weight stands at this step, and in which colour. */
  paint() {
    const { n, step, delta } = this;
    const slots = step ? 2 * n - 1 : n;
    const block = SIDE / n;
    const cell = (block - 8) / slots;
    for (const { frame, i, j } of this.frames) {
      for (const [key, value] of Object.entries({ x: j * block + 3, y: i * block + 3, width: block - 6, height: block - 6 })) {
        frame.setAttribute(key, value);
      }
    }
    for (const { rect, i, j, k, l } of this.cells) {
      const [a, b] = [k - i, l - j];
      const [row, column] = step ? [a + n - 1, b + n - 1] : [k, l];
      rect.style.transform = `translate(${j * block + 4 + column * cell}px, ${i * block + 4 + row * cell}px)`;
      rect.setAttribute("width", Math.max(1, cell - 0.6));
      rect.setAttribute("height", Math.max(1, cell - 0.6));
      rect.style.fill = step < 2 ? colour(((i * n + j) * n + k) * n + l) : colour((a + n) * 17 + (b + n) * 5);
      const zero = step === 3 && (Math.abs(a) > delta || Math.abs(b) > delta);
      rect.style.opacity = zero ? 0.07 : 1;
    }
    this.reach.querySelector("input").disabled = step !== 3;
    this.what.textContent = WHAT()[step];
    this.mark(false);
    this.count();
  }

  /** Light up a weight wherever it is used. */
  mark(speak = true) {
    const [i, j, k, l] = this.at;
    const [a, b] = [k - i, l - j];
    const { step, delta } = this;
    const same = (c) => (step < 2 ? c.i === i && c.j === j && c.k === k && c.l === l : c.k - c.i === a && c.l - c.j === b);
    const zero = step === 3 && (Math.abs(a) > delta || Math.abs(b) > delta);
    let uses = 0;
    for (const c of this.cells) {
      const lit = same(c);
      uses += lit;
      c.rect.classList.toggle("used", lit);
    }
    const number = (x) => String(x).replace("-", "−");
    const head = say(
      `Hidden unit (${i}, ${j}), pixel (${k}, ${l}), offset (${number(a)}, ${number(b)}): `,
      `隐藏单元 (${i}, ${j})，像素 (${k}, ${l})，偏移 (${number(a)}, ${number(b)})：`,
    );
    this.said.setAttribute("aria-live", speak ? "polite" : "off");
    this.said.textContent =
      head +
      (zero
        ? say("beyond Δ, so the weight is zero.", "超出 Δ，权重为零。")
        : uses === 1
          ? say("this weight is used here and nowhere else.", "这个权重只用在这里。")
          : say(`this weight is used in ${uses} places.`, `这个权重用在 ${uses} 处。`));

  }

  touch(event) {
    const at = document.elementFromPoint(event.clientX, event.clientY)?.dataset?.at;
    if (at && at !== this.at.join()) {
      this.at = at.split(",").map(Number);
      this.mark();
    }
  }

  key(event) {
    const [i, j, k, l] = this.at;
    const { n } = this;
    const to = event.shiftKey ? walk(event, n, n, [i, j]) : walk(event, n, n, [k, l]);
    if (!to) return;
    this.at = event.shiftKey ? [...to, k, l] : [i, j, ...to];
    this.mark();
  }

  count() {
    const { n, step, delta } = this;
    const small = ledger(n, n, delta, step);
    const large = ledger(...PHOTO, delta, step);
    const whole = (x) =>
      x % 1e12 === 0 ? say(`${x / 1e12} trillion`, `${x / 1e12} 万亿`) : x.toLocaleString("en", { maximumFractionDigits: 0 });
    const lines = [
      [say("free weights", "可自由取值的权重"), whole(small.parameters), whole(large.parameters)],
      [say("in float32", "用 float32 存储"), humanBytes(4 * small.parameters), humanBytes(4 * large.parameters)],
      [say("multiply-adds", "乘加次数"), whole(small.multiplyAdds), whole(large.multiplyAdds)],
    ];
    this.ledger.replaceChildren(
      make("tr", {}, make("td", {}), [`${n}×${n}`, say("12 megapixels, 3000×4000", "1200 万像素，3000×4000")].map((text) => make("th", { scope: "col" }, text))),
      ...lines.map(([name, ...values]) => make("tr", {}, make("th", { scope: "row" }, name), values.map((v) => make("td", {}, v)))),
    );
  }
}

/** Hues that differ as much as may be between neighbours: steps of the golden angle. */
const colour = (n) =>
  `hsl(${(n * 137.508) % 360} ${45 + ((n * 3) % 5) * 10}% ${38 + ((n * 5) % 7) * 6}%)`;

customElements.define("dense-lab", DenseLab);
