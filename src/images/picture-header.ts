import type { PictureType } from "../model/contact.ts";

interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Returns the size of a picture in pixels; undefined if its header does not contain the size. */
export function sizeOfPicture(bytes: Uint8Array, type: PictureType): PictureSize | undefined {
  return unlessTruncated(bytes, READERS[type]);
}

function unlessTruncated<T>(bytes: Uint8Array, read: (view: DataView) => T): T | undefined {
  try {
    return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const READERS: Readonly<Record<PictureType, (view: DataView) => PictureSize | undefined>> = {
  "image/png": (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  "image/gif": (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  "image/jpeg": sizeOfJpeg,
  "image/webp": sizeOfWebp,
};

/** Start-of-frame markers are 0xC0 to 0xCF, except three values with another meaning. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function sizeOfJpeg(view: DataView): PictureSize | undefined {
  for (const { marker, start } of segmentsOf(view)) {
    if (isFrame(marker)) return { width: view.getUint16(start + 3), height: view.getUint16(start + 1) };
  }
  return undefined;
}

interface Segment {
  readonly marker: number;
  /** Offset of the contents, after the length. */
  readonly start: number;
  readonly length: number;
}

/** Yields the segments of a JPEG before its image data. */
function* segmentsOf(view: DataView): Iterable<Segment> {
  let offset = 2;
  while (offset + 4 <= view.byteLength && view.getUint8(offset) === 0xff) {
    const marker = view.getUint8(offset + 1);
    // Any number of fill bytes may precede a marker.
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return;
    const length = view.getUint16(offset + 2);
    yield { marker, start: offset + 4, length: length - 2 };
    offset += 2 + Math.max(2, length);
  }
}

function sizeOfWebp(view: DataView): PictureSize | undefined {
  const chunk = String.fromCharCode(...[12, 13, 14, 15].map((offset) => view.getUint8(offset)));
  if (chunk === "VP8 ") return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk !== "VP8X") return undefined;
  const sideAt = (offset: number) => (view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16)) + 1;
  return { width: sideAt(24), height: sideAt(27) };
}

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];
const GPS = 0x8825;

export function hasGpsPosition(bytes: Uint8Array): boolean {
  const search = (view: DataView) =>
    [...segmentsOf(view)].some((segment) => segment.marker === 0xe1 && hasPosition(view, segment));
  return unlessTruncated(bytes, search) ?? false;
}

/**
 * Returns whether a JPEG segment contains EXIF data with a GPS position. EXIF data is a TIFF file: the byte order, the
 * offset of a directory, and twelve bytes for each entry of the directory.
 */
function hasPosition(view: DataView, { start, length }: Segment): boolean {
  if (length < 14 || EXIF.some((byte, index) => view.getUint8(start + index) !== byte)) return false;
  const tiff = start + EXIF.length;
  const isLittleEndian = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, isLittleEndian);
  const entries = view.getUint16(directory, isLittleEndian);
  for (let index = 0; index < entries; index += 1) {
    if (view.getUint16(directory + 2 + index * 12, isLittleEndian) === GPS) return true;
  }
  return false;
}
