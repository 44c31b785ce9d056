// The labs' mathematics: pure functions on arrays of rows. The package computes the same
// (tests/test_labs.py compares them).

/** An array of rows, `f(i, j)` at row i, column j. */
export const rows = (h, w, f) =>
  Array.from({ length: h }, (_, i) => Array.from({ length: w }, (_, j) => f(i, j)));

export const shape = (X) => [X.length, X[0].length];

/** Length of the output along an axis: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1, or 0 if nothing fits. */
export function outputLength(n, k, { stride = 1, padding = 0, dilation = 1 } = {}) {
  const room = n + 2 * padding - dilation * (k - 1) - 1;
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

/** The kernel upside down and left to right: `correlate` with it is true convolution. */
export const flip = (K) => K.map((row) => [...row].reverse()).reverse();

/** The products behind output (i, j): weight (a, b) meets the pixel at (y, x), 0 outside X. */
export function products(X, K, i, j, { stride = 1, padding = 0, dilation = 1 } = {}) {
  const met = [];
  K.forEach((row, a) =>
    row.forEach((weight, b) => {
      const [y, x] = [stride * i + dilation * a - padding, stride * j + dilation * b - padding];
      met.push({ a, b, y, x, weight, pixel: X[y]?.[x] ?? 0 });
    }),
  );
  return met;
}

/** Y[i, j] = Σ K[a, b] X[s·i + d·a − p, s·j + d·b − p]. */
export function correlate(X, K, options) {
  const [h, w] = shape(X);
  const [kh, kw] = shape(K);
  return rows(outputLength(h, kh, options), outputLength(w, kw, options), (i, j) =>
    products(X, K, i, j, options).reduce((sum, { weight, pixel }) => sum + weight * pixel, 0),
  );
}

const modulo = (a, n) => ((a % n) + n) % n;

/** Shift in a circle: what leaves at one side comes in at the other. */
export const roll = (X, down, right) => {
  const [h, w] = shape(X);
  return rows(h, w, (i, j) => X[modulo(i - down, h)][modulo(j - right, w)]);
};

/** A ring of the image's own other side, for circular padding. */
export const wrap = (X, p) => {
  const [h, w] = shape(X);
  return rows(h + 2 * p, w + 2 * p, (i, j) => X[modulo(i - p, h)][modulo(j - p, w)]);
};

/** The largest of each square of `size` × `size`. */
export const maxPool = (X, size) =>
  rows(Math.floor(X.length / size), Math.floor(X[0].length / size), (i, j) =>
    Math.max(...X.slice(i * size, (i + 1) * size).flatMap((r) => r.slice(j * size, (j + 1) * size))),
  );

/** A fully connected layer: H[i, j] = Σ W[i, j, k, l] X[k, l]. */
export const dense = (X, W) =>
  W.map((row) => row.map((w) => w.flat().reduce((sum, v, n) => sum + v * X.flat()[n], 0)));

/** Largest absolute difference. */
export const distance = (X, Y) =>
  Math.max(...X.flatMap((row, i) => row.map((x, j) => Math.abs(x - Y[i][j]))));

/** Numbers between −1 and 1 that are the same on each visit (mulberry32). */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
  };
}

/** Free weights and multiply-adds of a layer from an h×w image to as many hidden units. */
export function ledger(h, w, delta, step) {
  const near = (n) => n * (2 * delta + 1) - delta * (delta + 1); // pairs at most Δ apart
  return {
    parameters: [
      (h * w) ** 2, // dense
      (h * w) ** 2, // re-indexed
      (2 * h - 1) * (2 * w - 1), // shared
      (2 * delta + 1) ** 2, // local
    ][step],
    multiplyAdds: step < 3 ? (h * w) ** 2 : near(h) * near(w),
  };
}

/** 14400000000 → `14.4 GB`, in powers of 1000. */
export function humanBytes(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let n = 0;
  while (bytes >= 999.5 && n < units.length - 1) {
    bytes /= 1000;
    n += 1;
  }
  return `${bytes < 100 ? Number(bytes.toPrecision(3)) : Math.round(bytes).toLocaleString("en")} ${units[n]}`;
}

/** The Gram matrix of the copies of an image that the kernel's weights meet. */
export function gram(X, kh, kw) {
  const [h, w] = shape(X);
  const copies = rows(kh, kw, (a, b) =>
    rows(h - kh + 1, w - kw + 1, (i, j) => X[i + a][j + b]).flat(),
  ).flat();
  return copies.map((u) => copies.map((v) => u.reduce((sum, x, n) => sum + x * v[n], 0)));
}

/** Losses and kernels of gradient descent on L = Eᵀ G E, E the kernel less the wanted one. */
export function descend(G, start, wanted, rate, steps) {
  let K = [...start];
  const path = [];
  for (let t = 0; t <= steps; t += 1) {
    const E = K.map((k, n) => k - wanted[n]);
    const slope = G.map((row) => row.reduce((sum, g, n) => sum + g * E[n], 0));
    path.push({ kernel: K, loss: E.reduce((sum, e, n) => sum + e * slope[n], 0) });
    K = K.map((k, n) => k - 2 * rate * slope[n]);
  }
  return path;
}

/** Eigenvalues of a symmetric 2×2 matrix, ascending, each with its axis. */
export function eigen([[p, q], [, r]]) {
  const middle = (p + r) / 2;
  const half = Math.hypot((p - r) / 2, q);
  const angle = Math.atan2(2 * q, p - r) / 2; // of the larger one
  const axis = [Math.cos(angle), Math.sin(angle)];
  return [
    { value: middle - half, axis: [-axis[1], axis[0]] },
    { value: middle + half, axis },
  ];
}

/** L_t = Σ λ c² (1 − 2ηλ)^2t: the losses of `descend`, without taking a step. */
export function predict(G, start, wanted, rate, steps) {
  const parts = eigen(G).map(({ value, axis }) => ({
    first: value * axis.reduce((sum, u, n) => sum + u * (start[n] - wanted[n]), 0) ** 2,
    factor: 1 - 2 * rate * value,
  }));
  return Array.from({ length: steps + 1 }, (_, t) =>
    parts.reduce((sum, { first, factor }) => sum + first * factor ** (2 * t), 0),
  );
}

/** Brightness, 0 to 1, of RGBA bytes, into `gray`. */
export function brightness(bytes, gray) {
  for (let n = 0, m = 0; n < gray.length; n += 1, m += 4) {
    gray[n] = (0.2125 * bytes[m] + 0.7154 * bytes[m + 1] + 0.0721 * bytes[m + 2]) / 255;
  }
}

/** `correlate` for photos: flat arrays, odd kernel, zeros around, output as large as the input. */
export function correlatePhoto(gray, width, height, K, out) {
  const [kh, kw] = shape(K);
  const [up, left] = [kh >> 1, kw >> 1];
  out.fill(0);
  for (let a = 0; a < kh; a += 1) {
    for (let b = 0; b < kw; b += 1) {
      const weight = K[a][b];
      if (weight === 0) continue;
      const [dy, dx] = [a - up, b - left];
      const [from, to] = [Math.max(0, -dx), Math.min(width, width - dx)];
      for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y += 1) {
        const row = y * width;
        const seen = (y + dy) * width + dx;
        for (let x = from; x < to; x += 1) out[row + x] += weight * gray[seen + x];
      }
    }
  }
}
