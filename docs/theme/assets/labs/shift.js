// Move a shape, and see whether a layer's response moves with it.
import { choice, Lab, make, place, say, tabs, walk } from "./grid.js";
import { correlate, dense, distance, maxPool, random, roll, rows, shape, wrap } from "./mathematics.js";

const SIDE = 12;
const HOME = [2, 2];
const SHAPE = [
  [0, 1, 0],
  [1, 1, 1],
  [0, 1, 0],
];
const KERNEL = [
  [-1, 1, -1],
  [1, 1, 1],
  [-1, 1, -1],
];
const next = random(7);
const WEIGHT = rows(SIDE, SIDE, () => rows(SIDE, SIDE, () => next()));
const image = (down, right) =>
  roll(rows(SIDE, SIDE, (i, j) => SHAPE[i]?.[j] ?? 0), down, right);

/** The layers' responses with these options, and by how much a step of the output is a step of the input. */
export function respond(X, layer, { padding, stride, pooling }) {
  let Y = layer === "dense" ? dense(X, WEIGHT) : correlate(padding === "circular" ? wrap(X, 1) : X, KERNEL, { stride, padding: padding === "circular" ? 0 : 1 });
  if (layer === "dense" && stride > 1) Y = Y.filter((_, i) => i % stride === 0).map((row) => row.filter((_, j) => j % stride === 0));
  if (pooling === "local") Y = maxPool(Y, 2);
  if (pooling === "global") Y = [[Math.max(...Y.flat())]];
  return Y;
}

/** |shift, then detect − detect, then shift|, its largest; the place is where the shape is. */
export function error(layer, at, options) {
  const step = options.stride * (options.pooling === "local" ? 2 : 1);
  const [down, right] = at.map((x, axis) => x - HOME[axis]);
  const moved = respond(image(...at), layer, options);
  const expected = roll(respond(image(...HOME), layer, options), Math.floor(down / step), Math.floor(right / step));
  return { error: distance(moved, expected), exact: down % step === 0 && right % step === 0 };
}

class ShiftLab extends Lab {
  name() {
    return say("Shift lab", "平移实验");
  }

  build() {
    this.at = [5, 6];
    this.options = { padding: "zeros", stride: 1, pooling: "none" };
    const set = (name, value) => {
      this.options[name] = value;
      this.paint();
    };
    const pooled = choice(
      say("pooling", "汇聚"),
      [["none", say("none", "无")], ["local", say("largest of 2×2", "2×2 最大")], ["global", say("largest of all", "全局最大")]],
      "none",
      (value) => set("pooling", value),
    );
    this.body.append(
      make(
        "div",
        { class: "controls" },
        tabs(say("padding", "填充"), [["zeros", say("zeros around", "零填充")], ["circular", say("circular", "循环填充")]], "zeros", (value) => set("padding", value)),
        tabs(say("stride", "步幅"), [["1", say("stride 1", "步幅 1")], ["2", say("stride 2", "步幅 2")]], "1", (value) => set("stride", Number(value))),
        pooled,
      ),
      make(
        "p",
        { class: "note" },
        say(
          `Drag the cross, or move it with the arrow keys. What leaves at one side comes in at the other. For the error, the response to the cross at ${place(...HOME)} is moved to where the cross is now, and compared with the response there: it is the largest difference between the two.`,
          `拖动十字，或用方向键移动它。从一边出去的，从另一边进来。误差这样算：先取十字在${place(...HOME)}时的响应，把它平移到十字现在的位置，再与这里的响应逐点相减，取最大的差。`,
        ),
      ),
    );
    const panel = (title) => {
      const svg = make("svg", { viewBox: `0 0 ${SIDE * 20} ${SIDE * 20}`, width: 240, height: 240 });
      const caption = make("figcaption", {}, title);
      const said = make("p", { class: "sum" });
      return { svg, caption, said, figure: make("figure", {}, caption, svg, said) };
    };
    this.input = panel(say("input", "输入"));
    this.conv = panel(say("3×3 kernel, shared", "共享的 3×3 卷积核"));
    this.dense = panel(say("fully connected, random weights", "全连接，权重随机"));
    this.body.append(make("div", { class: "grids maps" }, this.input.figure, this.conv.figure, this.dense.figure));
    this.verdict = make("p", { class: "sum", "aria-live": "polite" });
    this.body.append(this.verdict);
    const { svg } = this.input;
    svg.setAttribute("tabindex", 0);
    svg.setAttribute("role", "application");
    svg.classList.add("drag");
    svg.addEventListener("keydown", (event) => {
      const to = walk(event, 1e9, 1e9, [this.at[0] + SIDE, this.at[1] + SIDE]);
      if (to) this.move(to);
    });
    const cell = ({ clientX, clientY }) => {
      const box = svg.getBoundingClientRect();
      return [clientY - box.top, clientX - box.left].map((x) => Math.floor((x / box.width) * SIDE));
    };
    svg.addEventListener("pointerdown", (event) => {
      svg.setPointerCapture(event.pointerId);
      const [i, j] = cell(event);
      this.grip = [i - this.at[0], j - this.at[1]];
    });
    svg.addEventListener("pointermove", (event) => {
      if (!this.grip) return;
      const [i, j] = cell(event);
      this.move([i - this.grip[0], j - this.grip[1]]);
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (this.grip = undefined));
    this.paint();
  }

  move(to) {
    const at = to.map((x) => ((x % SIDE) + SIDE) % SIDE);
    if (at.join() === this.at.join()) return;
    this.at = at;
    this.paint();
  }

  paint() {
    const X = image(...this.at);
    draw(this.input.svg, X, 1);
    this.input.svg.setAttribute(
      "aria-label",
      say(`A cross, its corner at ${place(...this.at)}. Arrow keys move it.`, `一个十字，左上角在${place(...this.at)}。方向键移动它。`),
    );
    const said = {};
    for (const name of ["conv", "dense"]) {
      const Y = respond(X, name, this.options);
      const { svg, said: line } = this[name];
      draw(svg, Y, name === "conv" ? 5 : 3);
      const result = error(name, this.at, this.options);
      said[name] = result;
      line.textContent = `${say("error", "误差")} ${result.error.toFixed(3)}`;
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `${this[name].caption.textContent}: ${line.textContent}`);
    }
    const [down, right] = this.at.map((x, axis) => x - HOME[axis]);
    this.input.said.textContent = say(`moved ${down} down, ${right} right`, `下移 ${down}，右移 ${right}`).replaceAll("-", "−");
    const { pooling } = this.options;
    this.verdict.textContent = !said.conv.exact && said.conv.error > 1e-9
      ? say(
          "This shift is no whole number of steps of the output: the kernel looks at other places than before.",
          "这次平移折合到输出上不是整数步，卷积核看到的是另外一些位置。",
        )
      : said.conv.error > 1e-9
        ? say(
            "At the border, what leaves on one side does not come in at the other: the response is cut off there.",
            "在边界上，从一边出去的响应不会从另一边进来：响应在那里被截断。",
          )
        : pooling === "global"
          ? say("Pooled over all places, the output does not change: invariance.", "对所有位置汇聚（池化）之后，输出不变，这就是不变性。")
          : say("The kernel's response moves with the shape: equivariance.", "卷积核的响应随图形一起移动，这就是等变性。");
  }
}

/** A map of numbers: red above zero, blue below, the stronger the larger. */
function draw(svg, X, limit) {
  const [h, w] = shape(X);
  const side = (SIDE * 20) / Math.max(h, w);
  if (svg.childElementCount !== h * w) {
    svg.replaceChildren(
      ...rows(h, w, (i, j) =>
        make("rect", { x: j * side, y: i * side, width: side, height: side, stroke: "var(--md-default-fg-color--lightest)" }),
      ).flat(),
    );
  }
  X.flat().forEach((value, n) => {
    const rect = svg.children[n];
    rect.style.fill = value < 0 ? "var(--minus)" : "var(--plus)";
    rect.style.fillOpacity = Math.min(1, Math.abs(value) / limit);
  });
}

customElements.define("shift-lab", ShiftLab);
