// Gradient descent on a kernel of two weights: the bowl, the path, the losses and the limit.
import { button, Lab, make, say, show, slider } from "./grid.js";
import { descend, eigen, gram, predict, rows } from "./mathematics.js";

const BAR = rows(6, 8, (_, j) => Number(j < 2 || j > 5));
const WANTED = [1, -1];
const START = [-0.3967, 0.4442];
const G = gram(BAR, 1, 2);
const AXES = eigen(G);
const LIMIT = 1 / AXES[1].value;
const SIDE = 300;
const REACH = 2.2; // weights shown, on each side of 0
const CURVE = { width: 330, height: 300, left: 56, bottom: 30, top: 12 };

const across = (w) => (SIDE * (w + REACH)) / (2 * REACH);
const point = ([a, b]) => [across(a), SIDE - across(b)];

class LearningLab extends Lab {
  name() {
    return say("Learning lab", "学习实验");
  }

  build() {
    this.rate = 0.03;
    this.steps = 10;
    this.start = [...START];
    const rate = slider(
      say("learning rate η", "学习率 η"),
      { min: 0.001, max: 0.04, step: 0.001, value: this.rate, text: (x) => x.toFixed(3), marks: { "1/30": LIMIT } },
      (x) => {
        this.rate = x;
        this.paint();
      },
    );
    const steps = slider(say("steps", "步数"), { min: 1, max: 60, value: this.steps }, (x) => {
      this.steps = x;
      this.paint();
    });
    this.bowl = make("svg", {
      viewBox: `0 0 ${SIDE} ${SIDE}`,
      width: SIDE,
      height: SIDE,
      tabindex: 0,
      role: "application",
      class: "drag",
    });
    this.chart = make("svg", { viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, width: CURVE.width, height: CURVE.height, role: "img" });
    this.said = make("p", { class: "sum", "aria-live": "polite" });
    this.body.append(
      make(
        "div",
        { class: "controls" },
        rate,
        steps,
        button(say("the lesson's start", "本课的起点"), () => {
          this.start = [...START];
          this.paint();
        }),
      ),
      make(
        "p",
        { class: "note" },
        say(
          "Drag the start in the bowl, or move it with the arrow keys. Dots are losses that descent reached, the line is what the formula says.",
          "在碗里拖动起点，或用方向键移动。圆点是下降过程测得的损失，曲线是公式的推算。",
        ),
      ),
      make(
        "div",
        { class: "grids pair" },
        make("figure", {}, make("figcaption", {}, say("weights: first across, second up", "横轴：第一个权重；纵轴：第二个权重")), this.bowl),
        make("figure", {}, make("figcaption", {}, say("loss (log scale) against steps", "损失（对数刻度）与步数")), this.chart),
      ),
      this.said,
    );
    const to = ({ clientX, clientY }) => {
      const box = this.bowl.getBoundingClientRect();
      const clip = (x) => Math.max(-REACH, Math.min(REACH, x));
      return [clip((2 * (clientX - box.left)) / box.width * REACH - REACH), clip(REACH - (2 * (clientY - box.top)) / box.height * REACH)];
    };
    this.bowl.addEventListener("pointerdown", (event) => {
      this.bowl.setPointerCapture(event.pointerId);
      this.dragging = true;
      this.move(to(event));
    });
    this.bowl.addEventListener("pointermove", (event) => this.dragging && this.move(to(event)));
    for (const end of ["pointerup", "pointercancel"]) this.bowl.addEventListener(end, () => (this.dragging = false));
    this.bowl.addEventListener("keydown", (event) => {
      const by = { ArrowUp: [0, 0.1], ArrowDown: [0, -0.1], ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0] }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.move(this.start.map((x, n) => Math.max(-REACH, Math.min(REACH, x + by[n]))));
    });
    this.paint();
  }

  move(start) {
    this.start = start.map((x) => Number(x.toFixed(4)));
    this.paint();
  }

  paint() {
    const { rate, steps, start } = this;
    const path = descend(G, start, WANTED, rate, steps);
    const predicted = predict(G, start, WANTED, rate, steps);
    this.losses = path.map(({ loss }) => loss);
    this.predicted = predicted;
    this.drawBowl(path);
    this.drawCurve(this.losses, predicted);
    const end = path.at(-1);
    const kernel = `(${end.kernel.map((w) => short(w)).join(", ")})`;
    const verdict =
      rate < LIMIT
        ? say("is below the limit {l}: the loss falls to zero.", "低于界限 {l}：损失趋于零。")
        : Math.abs((start[0] - WANTED[0]) * AXES[1].axis[0] + (start[1] - WANTED[1]) * AXES[1].axis[1]) < 1e-9
          ? say("is above the limit {l}, but this start has no error along the steep axis.", "高于界限 {l}，但这个起点沿陡峭的轴没有误差。")
          : say("is above the limit {l}: along the steep axis the error grows without bound.", "高于界限 {l}：沿陡峭的轴，误差越来越大，没有止境。");
    const told = verdict.replace("{l}", `1/30 ≈ ${LIMIT.toFixed(4)}`);
    this.said.textContent = say(
      `Loss ${short(path[0].loss)} → ${short(end.loss)} after ${steps} ${steps === 1 ? "step" : "steps"}, kernel ${kernel}. η = ${rate.toFixed(3)} ${told}`,
      `走 ${steps} 步，损失 ${short(path[0].loss)} → ${short(end.loss)}，卷积核 ${kernel}。η = ${rate.toFixed(3)} ${told}`,
    );
  }

  drawBowl(path) {
    const [cx, cy] = point(WANTED);
    const turn = (-Math.atan2(AXES[0].axis[1], AXES[0].axis[0]) * 180) / Math.PI;
    const unit = SIDE / (2 * REACH);
    const levels = [0.3, 1, 3, 10, 30, 60, 100, 150, 210];
    const rings = levels.map((level) =>
      make("ellipse", {
        cx, cy,
        rx: unit * Math.sqrt(level / AXES[0].value),
        ry: unit * Math.sqrt(level / AXES[1].value),
        transform: `rotate(${turn} ${cx} ${cy})`,
        class: "ring",
      }),
    );
    const seen = path.map(({ kernel }) => point(kernel)).filter(([x, y]) => Math.hypot(x, y) < 1e5);
    this.bowl.replaceChildren(
      ...rings,
      make("path", { d: `M0 ${SIDE / 2}H${SIDE}M${SIDE / 2} 0V${SIDE}`, class: "zero" }),
      make("polyline", { points: seen.map((p) => p.join()).join(" "), class: "path" }),
      ...seen.map(([x, y], t) => make("circle", { cx: x, cy: y, r: t ? 3 : 7, class: t ? "dot" : "start" })),
      make("path", { d: `M${cx - 6} ${cy - 6}l12 12m0 -12l-12 12`, class: "wanted" }),
    );
    this.bowl.setAttribute(
      "aria-label",
      say(
        `The bowl. The start is (${this.start.map(short).join(", ")}); arrow keys move it. The lowest point is (1, −1).`,
        `损失的“碗”。起点是 (${this.start.map(short).join(", ")})，方向键移动它。最低点是 (1, −1)。`,
      ),
    );
  }

  drawCurve(losses, predicted) {
    const { width, height, left, bottom, top } = CURVE;
    const [low, high] = [1e-4, 1e4];
    const x = (t) => left + ((width - left - 10) * t) / Math.max(1, losses.length - 1);
    const y = (loss) => {
      const share = (Math.log10(Math.max(1e-300, loss)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low));
      return height - bottom - share * (height - bottom - top);
    };
    const ticks = [1e-4, 1e-2, 1, 1e2, 1e4];
    const times = [0, Math.round((losses.length - 1) / 2), losses.length - 1];
    this.chart.replaceChildren(
      ...ticks.flatMap((loss) => [
        make("line", { x1: left, x2: width - 10, y1: y(loss), y2: y(loss), class: "zero" }),
        make("text", { x: left - 6, y: y(loss) + 4, "text-anchor": "end" }, loss >= 1 ? show(loss) : loss.toString()),
      ]),
      ...[...new Set(times)].map((t) => make("text", { x: x(t), y: height - 8, "text-anchor": "middle" }, t)),
      make("polyline", { points: predicted.map((loss, t) => `${x(t)},${y(loss)}`).join(" "), class: "path" }),
      ...losses.map((loss, t) => make("circle", { cx: x(t), cy: y(loss), r: 3, class: "dot" })),
    );
    this.chart.setAttribute(
      "aria-label",
      say(`Losses: ${losses.map(short).join(", ")}`, `损失：${losses.map(short).join("、")}`),
    );
  }
}

const short = (x) =>
  Math.abs(x) >= 1e6 ? x.toExponential(2).replace("e+", "e").replace("-", "−") : show(Math.abs(x) < 1e-3 && x !== 0 ? Number(x.toPrecision(2)) : Number(x.toFixed(3)));

customElements.define("learning-lab", LearningLab);
