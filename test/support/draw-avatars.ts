import sharp, { type Sharp } from "sharp";

/** Width and height in pixels. */
const SIDE = 96;
/** Samples per pixel in each direction, for smooth edges. */
const SAMPLES = 3;

type Color = readonly [red: number, green: number, blue: number];
type Shape = (x: number, y: number) => boolean;
/** Shapes from bottom to top. The first shape fills the picture. */
type Drawing = readonly (readonly [color: string, shape: Shape])[];

const wholePicture: Shape = () => true;

function ellipse(cx: number, cy: number, rx: number, ry = rx): Shape {
  return (x, y) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
}

function box(left: number, top: number, right: number, bottom: number, radius = 0): Shape {
  return (x, y) => {
    const dx = Math.max(left + radius - x, 0, x - right + radius);
    const dy = Math.max(top + radius - y, 0, y - bottom + radius);
    return x >= left && x <= right && y >= top && y <= bottom && dx * dx + dy * dy <= radius * radius + 1e-9;
  };
}

/** Returns a polygon, which may be concave. */
function polygon(...corners: readonly (readonly [number, number])[]): Shape {
  return (x, y) => {
    let isInside = false;
    for (const [index, [x1, y1]] of corners.entries()) {
      const [x2, y2] = corners.at(index - 1) ?? [x1, y1];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isInside = !isInside;
    }
    return isInside;
  };
}

function star(cx: number, cy: number, points: number, outer: number, inner: number): Shape {
  const corners = Array.from({ length: points * 2 }, (_, index) => {
    const radius = index % 2 === 0 ? outer : inner;
    const angle = (Math.PI * index) / points - Math.PI / 2;
    return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)] as const;
  });
  return polygon(...corners);
}

function intersection(a: Shape, b: Shape): Shape {
  return (x, y) => a(x, y) && b(x, y);
}

function difference(a: Shape, b: Shape): Shape {
  return (x, y) => a(x, y) && !b(x, y);
}

function wave(left: number, right: number, top: number, bottom: number): Shape {
  return (x, y) => {
    const middle = (left + right) / 2 + 3 * Math.sin(((y - top) / (bottom - top)) * Math.PI * 2);
    return y >= top && y <= bottom && Math.abs(x - middle) <= 1.8;
  };
}

const COFFEE: Drawing = [
  ["#8f1d21", wholePicture],
  ["#7a171b", ellipse(48, 78, 38, 8)],
  ["#f6efe2", ellipse(48, 75, 34, 7)],
  ["#d9cdb8", ellipse(48, 74, 20, 3.4)],
  ["#f6efe2", difference(ellipse(69, 52, 13, 12), ellipse(69, 52, 7.5, 6.5))],
  ["#fffaf0", intersection(ellipse(48, 44, 24, 30), box(20, 40, 76, 80))],
  ["#e6dac5", intersection(difference(ellipse(48, 44, 24, 30), ellipse(43, 42, 24, 30)), box(20, 42, 76, 80))],
  ["#fffaf0", ellipse(48, 41, 24, 6.5)],
  ["#3b1f14", ellipse(48, 41.6, 20.5, 4.6)],
  ["#d98c8e", wave(35, 41, 10, 31)],
  ["#d98c8e", wave(45, 51, 6, 31)],
  ["#d98c8e", wave(55, 61, 10, 31)],
];

const BADGE: Drawing = [
  ["#2f4a3a", wholePicture],
  ["#27402f", ellipse(48, 50, 40)],
  ["#d9a441", star(48, 49, 6, 38, 21)],
  ...[0, 1, 2, 3, 4, 5].map((point): Drawing[number] => {
    const angle = (Math.PI * point) / 3 - Math.PI / 2;
    return ["#d9a441", ellipse(48 + 37 * Math.cos(angle), 49 + 37 * Math.sin(angle), 5)];
  }),
  ["#f0c766", star(48, 49, 6, 31, 18)],
  ["#b07d22", ellipse(48, 49, 17)],
  ["#f7e3ae", ellipse(48, 49, 14.5)],
  ["#2f4a3a", polygon([48, 37], [57, 55], [39, 55])],
  ["#2f4a3a", polygon([48, 42], [59, 59], [37, 59])],
];

const PINE: Drawing = [
  ["#e9b872", wholePicture],
  ["#f6dfb2", ellipse(68, 26, 13)],
  ["#6b7f86", polygon([-10, 78], [26, 34], [50, 66], [70, 44], [112, 82])],
  ["#e8eef0", polygon([26, 34], [33.5, 44], [28, 47], [24, 43], [18.5, 43.2])],
  ["#55452f", box(0, 78, 96, 96)],
  ["#5b3a24", box(44, 72, 52, 86)],
  ["#1e4032", polygon([48, 40], [74, 76], [22, 76])],
  ["#26503e", polygon([48, 26], [69, 58], [27, 58])],
  ["#2f624c", polygon([48, 10], [63, 38], [33, 38])],
];

const LOG: Drawing = [
  ["#7d8f69", wholePicture],
  ["#6c7d59", ellipse(48, 74, 44, 9)],
  ["#6b4427", box(22, 32, 88, 70, 6)],
  ["#5a3820", box(22, 58, 88, 70, 6)],
  ["#7c5231", box(40, 38, 84, 40.5, 1)],
  ["#4d2f1a", box(46, 47, 80, 49, 1)],
  ["#7c5231", box(42, 54, 72, 56, 1)],
  ["#5a3820", polygon([60, 34], [66, 16], [74, 18], [71, 34])],
  ["#c79a64", ellipse(70, 17, 4.4, 2.4)],
  ["#5a3820", ellipse(24, 51, 14, 19)],
  ["#dcb67f", ellipse(24, 51, 12, 16.5)],
  ["#b98a52", difference(ellipse(24, 51, 9, 12.5), ellipse(24, 51, 7.6, 10.8))],
  ["#b98a52", difference(ellipse(24, 51, 5.4, 7.6), ellipse(24, 51, 4, 6))],
  ["#8a5f33", ellipse(24, 51, 1.6, 2.4)],
];

const PIE: Drawing = [
  ["#7fb3b8", wholePicture],
  ["#6aa0a6", ellipse(48, 78, 42, 10)],
  ["#fffaf0", ellipse(48, 75, 40, 9)],
  ["#e6dac5", ellipse(48, 74, 29, 5.5)],
  ["#a51c30", polygon([12, 52], [84, 44], [84, 64], [12, 70])],
  ["#7d1022", polygon([12, 62], [84, 56], [84, 64], [12, 70])],
  ...[20, 32, 44, 56, 68, 78].map((x, index): Drawing[number] => ["#c8283f", ellipse(x, 60 - index * 1.2, 4.6)]),
  ["#c98a43", polygon([12, 66], [84, 60], [84, 70], [14, 74])],
  ["#e2ad63", polygon([10, 52], [58, 24], [86, 44])],
  ["#c98a43", polygon([58, 24], [86, 44], [90, 40], [62, 20])],
  ["#b5752f", polygon([36, 44], [42, 41], [52, 46], [46, 47])],
  ["#b5752f", polygon([54, 34], [60, 31], [70, 40], [64, 41])],
  ["#b5752f", ellipse(86, 42, 5.5)],
  ["#c98a43", ellipse(60, 22, 5)],
  ["#f3ead9", ellipse(30, 42, 13, 8)],
  ["#fffaf0", ellipse(32, 38, 9, 6)],
  ["#a51c30", ellipse(34, 30, 4.6)],
  ["#f0a3ad", ellipse(32.6, 28.4, 1.2)],
];

const DRAWINGS = { coffee: COFFEE, badge: BADGE, pine: PINE, log: LOG, pie: PIE } as const;

export const AVATARS: Readonly<Record<string, keyof typeof DRAWINGS>> = {
  "dale-cooper": "coffee",
  "harry-truman": "badge",
  "tommy-hill": "pine",
  "margaret-lanterman": "log",
  "norma-jennings": "pie",
};

/** Returns three bytes per pixel, from top left to bottom right. */
export function drawPixels(name: keyof typeof DRAWINGS): Buffer {
  const drawing = DRAWINGS[name].map(([color, shape]) => [parseColor(color), shape] as const);
  return Buffer.from(
    Array.from({ length: SIDE * SIDE }, (_, index) => pixelAt(drawing, index % SIDE, Math.floor(index / SIDE))).flat(),
  );
}

export function pictureOf(pixels: Buffer): Sharp {
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } });
}

function parseColor(color: string): Color {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

function pixelAt(drawing: readonly (readonly [Color, Shape])[], x: number, y: number): number[] {
  const sum = [0, 0, 0];
  for (let sample = 0; sample < SAMPLES * SAMPLES; sample += 1) {
    const sampleX = x + ((sample % SAMPLES) + 0.5) / SAMPLES;
    const sampleY = y + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
    const [color] = drawing.findLast(([, shape]) => shape(sampleX, sampleY)) ?? [[0, 0, 0]];
    for (const channel of [0, 1, 2]) sum[channel] = (sum[channel] ?? 0) + (color[channel] ?? 0);
  }
  return sum.map((channel) => Math.round(channel / (SAMPLES * SAMPLES)));
}
