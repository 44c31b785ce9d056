// A kernel over a photo: the cat, the reader's own, or the camera. Nothing leaves the browser.
import { button, choice, editable, Lab, make, place, say, slider } from "./grid.js";
import { brightness, correlatePhoto } from "./mathematics.js";

const WIDEST = 640;
const BYTES = 30e6;
const PIXELS = 50e6;
const gauss = [1, 4, 6, 4, 1];
const KERNELS = {
  identity: { name: () => say("none", "无"), K: [[0, 0, 0], [0, 1, 0], [0, 0, 0]] },
  box: { name: () => say("box blur", "方框模糊"), K: Array.from({ length: 5 }, () => Array(5).fill(0.04)) },
  gaussian: { name: () => say("Gaussian blur", "高斯模糊"), K: gauss.map((a) => gauss.map((b) => (a * b) / 256)) },
  sharpen: { name: () => say("sharpening", "锐化"), K: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]] },
  laplacian: { name: () => say("edges (Laplacian)", "边缘（拉普拉斯核）"), K: [[0, 1, 0], [1, -4, 1], [0, 1, 0]] },
  vertical: { name: () => say("vertical edges (Sobel)", "竖直边缘（Sobel 核）"), K: [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]] },
  horizontal: { name: () => say("horizontal edges (Sobel)", "水平边缘（Sobel 核）"), K: [[-1, -2, -1], [0, 0, 0], [1, 2, 1]] },
};

/** Width and height that a PNG, JPEG or WebP claims, read before any pixel is decoded. */
export function claimed(buffer) {
  const view = new DataView(buffer);
  const text = (from, n) => String.fromCharCode(...new Uint8Array(buffer, from, n));
  if (view.byteLength < 30) return null;
  if (view.getUint32(0) === 0x89504e47) return [view.getUint32(16), view.getUint32(20)];
  if (text(0, 4) === "RIFF" && text(8, 4) === "WEBP") {
    const kind = text(12, 4);
    if (kind === "VP8X") return [24, 27].map((at) => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16));
    if (kind === "VP8 ") return [26, 28].map((at) => view.getUint16(at, true) & 0x3fff);
    if (kind === "VP8L") return [0, 14].map((shift) => 1 + ((view.getUint32(21, true) >>> shift) & 0x3fff));
  }
  if (view.getUint16(0) === 0xffd8) {
    for (let at = 2; at + 9 < view.byteLength && view.getUint8(at) === 0xff; ) {
      const marker = view.getUint8(at + 1);
      if (marker === 0xff) {
        at += 1; // a byte that only fills
        continue;
      }
      const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
      if (frame) return [view.getUint16(at + 7), view.getUint16(at + 5)];
      at += 2 + view.getUint16(at + 2);
    }
  }
  return null;
}

class PhotoLab extends Lab {
  name() {
    return say("Photo lab", "照片实验");
  }

  build() {
    this.K = KERNELS.vertical.K.map((row) => [...row]);
    this.split = 0.5;
    this.message = make("p", { class: "message", role: "alert" });
    this.canvas = make("canvas", { width: 451, height: 300, role: "img" });
    this.file = make("input", {
      type: "file",
      accept: "image/png,image/jpeg,image/webp",
      hidden: true,
      onchange: () => this.file.files[0] && this.open(this.file.files[0]),
    });
    this.camera = button(say("Camera", "摄像头"), () => (this.stream ? this.cat() : this.film()), { "aria-pressed": false });
    this.preset = choice(
      say("kernel", "卷积核"),
      [["", say("own", "自定义")], ...Object.entries(KERNELS).map(([key, { name }]) => [key, name()])],
      "vertical",
      (key) => {
        if (!key) return;
        this.K = KERNELS[key].K.map((row) => [...row]);
        this.edit();
        this.draw();
      },
    );
    this.weights = make("figure");
    this.rate = make("span", { class: "note" });
    this.body.append(
      make(
        "div",
        { class: "controls" },
        button(say("The cat", "猫"), () => this.cat()),
        button(say("Your picture …", "你的图片……"), () => this.file.click()),
        this.file,
        this.camera,
        this.preset,
        this.rate,
      ),
      make(
        "p",
        { class: "note" },
        say(
          "Pictures and camera stay in your browser: nothing is sent anywhere. If a kernel's weights add up to zero or less, its output is signed: red above zero, blue below.",
          "图片和摄像头画面只留在你的浏览器里，不会发送到任何地方。卷积核的权重之和为零或负时，输出有正有负：正为红，负为蓝。",
        ),
      ),
      make("div", { class: "split" }, make("div", { class: "screen" }, this.canvas, this.dividing()), this.weights),
      this.message,
    );
    this.edit();
    this.cat();
  }

  dividing() {
    return slider(
      say("before | after", "处理前 | 后"),
      { min: 0, max: 100, value: 50, text: (n) => `${n} %` },
      (n) => {
        this.split = n / 100;
        if (!this.stream) this.draw();
      },
    );
  }

  edit() {
    const grid = editable(
      "K",
      this.K.map((row) => row.map((x) => Number(x.toFixed(4)))),
      (i, j, value) => {
        this.K[i][j] = value;
        this.tell("");
        this.preset.firstElementChild.value = "";
        if (!this.stream) this.draw();
      },
      (text, i, j) =>
        this.tell(
          say(`K, ${place(i, j)}: “${text}” cannot be used: give a number up to a million with at most 6 decimals.`, `K ${place(i, j)}：“${text}”无法使用：请输入绝对值不超过一百万、至多 6 位小数的数。`),
        ),
    );
    this.weights.replaceChildren(make("figcaption", {}, say("kernel K", "卷积核 K")), grid);
  }

  tell(text) {
    this.message.textContent = text;
  }

  async cat() {
    this.release();
    this.tell("");
    const wish = (this.wish = Symbol("cat"));
    try {
      const response = await fetch(new URL("cat.webp", import.meta.url));
      await this.take(await response.blob(), say("a cat", "一只猫"), wish);
    } catch {
      this.tell(say("The cat could not be fetched.", "未能取得猫的照片。"));
    }
  }

  async open(file) {
    this.file.value = "";
    const refuse = (why) => this.tell(`${file.name}: ${why}`);
    if (!["image/png", "image/jpeg", "image/webp"].includes(file.type)) return refuse(say("give a PNG, JPEG or WebP.", "请选择 PNG、JPEG 或 WebP。"));
    if (file.size > BYTES) return refuse(say("it is larger than 30 MB.", "文件超过 30 MB。"));
    const size = claimed(await file.slice(0, 1 << 20).arrayBuffer());
    if (!size) return refuse(say("this is no picture that can be read.", "这不是能够读取的图片。"));
    if (!size[0] || !size[1]) return refuse(say("it has no pixels.", "它没有像素。"));
    if (size[0] * size[1] > PIXELS) return refuse(say(`${size.join("×")} pixels are too many: give at most 50 million.`, `${size.join("×")} 像素太多，至多 5000 万。`));
    this.release();
    const wish = (this.wish = Symbol("file"));
    try {
      await this.take(file, say("your picture", "你的图片"), wish);
      this.tell("");
    } catch {
      refuse(say("this is no picture that can be read.", "这不是能够读取的图片。"));
    }
  }

  async take(blob, name, wish) {
    const bitmap = await createImageBitmap(blob);
    if (wish !== this.wish) return bitmap.close(); // the reader has chosen something else since
    this.size(bitmap.width, bitmap.height, name);
    this.source.drawImage(bitmap, 0, 0, this.width, this.height);
    bitmap.close();
    this.draw();
  }

  size(width, height, name) {
    const scale = Math.min(1, WIDEST / Math.max(width, height));
    this.width = Math.max(1, Math.round(width * scale));
    this.height = Math.max(1, Math.round(height * scale));
    Object.assign(this.canvas, { width: this.width, height: this.height });
    this.canvas.setAttribute("aria-label", name);
    const hidden = Object.assign(document.createElement("canvas"), { width: this.width, height: this.height });
    this.source = hidden.getContext("2d", { willReadFrequently: true });
    this.screen = this.canvas.getContext("2d");
    this.gray = new Float32Array(this.width * this.height);
    this.out = new Float32Array(this.width * this.height);
    this.result = new ImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.result.data.buffer);
  }

  async film() {
    const wish = (this.wish = Symbol("camera"));
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: { ideal: 60 } } });
    } catch {
      if (wish === this.wish) this.tell(say("There is no camera, or it may not be used.", "没有摄像头，或未获准使用。"));
      return;
    }
    if (wish !== this.wish || !this.isConnected) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.stream = stream;
    this.tell("");
    this.camera.setAttribute("aria-pressed", true);
    this.video = Object.assign(document.createElement("video"), { srcObject: this.stream, muted: true, playsInline: true });
    await this.video.play();
    if (this.stream !== stream) return;
    this.size(this.video.videoWidth, this.video.videoHeight, say("your camera", "你的摄像头"));
    let [frames, since] = [0, performance.now()];
    const frame = (now) => {
      if (this.stream !== stream) return;
      this.source.drawImage(this.video, 0, 0, this.width, this.height);
      this.draw();
      frames += 1;
      if (now - since > 1000) {
        this.rate.textContent = say(`${Math.round((1000 * frames) / (now - since))} frames a second`, `每秒 ${Math.round((1000 * frames) / (now - since))} 帧`);
        [frames, since] = [0, now];
      }
      next();
    };
    // Once for each picture of the camera, where the browser says when.
    const next = () => (this.video.requestVideoFrameCallback ? this.video.requestVideoFrameCallback(frame) : requestAnimationFrame(frame));
    next();
  }

  /** Let go of the camera. */
  release() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.wish = undefined;
    this.camera?.setAttribute("aria-pressed", false);
    if (this.rate) this.rate.textContent = "";
  }

  stop() {
    super.stop();
    this.release();
  }

  /** Left of the divider the photo, right of it what the kernel sees. */
  draw() {
    if (!this.source) return;
    const { width, height, gray, out, pixels } = this;
    const photo = this.source.getImageData(0, 0, width, height);
    brightness(photo.data, gray);
    correlatePhoto(gray, width, height, this.K, out);
    const sum = this.K.flat().reduce((a, b) => a + b, 0);
    const signed = sum < 1e-6;
    const strength = this.K.flat().reduce((a, b) => a + Math.abs(b), 0) || 1;
    const gain = signed ? 1020 / strength : 255;
    const before = new Uint32Array(photo.data.buffer);
    const border = Math.round(this.split * width);
    for (let y = 0, n = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, n += 1) {
        if (x < border) {
          pixels[n] = before[n];
        } else {
          const value = out[n] * gain;
          if (signed) {
            const less = 255 - Math.min(255, Math.abs(value));
            pixels[n] = value > 0 ? 0xff0000ff | (less << 16) | (less << 8) : 0xffff0000 | (less << 8) | less;
          } else {
            const level = value < 0 ? 0 : value > 255 ? 255 : value | 0;
            pixels[n] = 0xff000000 | (level << 16) | (level << 8) | level;
          }
        }
      }
    }
    this.screen.putImageData(this.result, 0, 0);
  }
}

customElements.define("photo-lab", PhotoLab);
