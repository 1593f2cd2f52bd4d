import { posix } from "node:path";
import { type Disk, entriesIn, type ReadFile } from "../fs/disk.ts";
import { isDecodable } from "../images/decode-picture.ts";
import { detectPictureType, EXTENSIONS, isSvg, sha256Of } from "../images/picture.ts";
import { hasGpsPosition, sizeOfPicture } from "../images/picture-size.ts";
import type { Picture, PictureType } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { suggest } from "../model/suggest.ts";
import type { LocatedText } from "./unchecked-config.ts";

/** Whether the bytes of a picture can be decoded to the last pixel. */
export type IsDecodable = (bytes: Uint8Array) => Promise<boolean>;

interface Finding {
  readonly code: string;
  readonly summary: string;
  readonly advice: string;
}

/** A picture that will do may still be one to warn of. */
type Looked =
  | { readonly picture: Picture; readonly finding?: Finding }
  | { readonly picture?: undefined; readonly finding: Finding };

/** Looks at the pictures that files name. Each is read once, however many contacts show it. */
export class Avatars {
  readonly #root: string;
  readonly #disk: Disk;
  readonly #isDecodable: IsDecodable;
  readonly #looked = new Map<string, Looked>();
  /** By the hash of the picture. */
  readonly #decodable = new Map<string, boolean>();

  /** `root` is the contacts directory, as people typed it. */
  constructor(root: string, disk: Disk, decodable: IsDecodable = isDecodable) {
    this.#root = root;
    this.#disk = disk;
    this.#isDecodable = decodable;
  }

  /** Without a picture the diagnostic is an error. */
  async load({
    text,
    location,
  }: LocatedText): Promise<{ readonly picture?: Picture; readonly diagnostic?: Diagnostic }> {
    const { picture, finding } = await this.#look(text, posix.dirname(location.file));
    const severity = picture === undefined ? ("error" as const) : ("warning" as const);
    return omitUndefined({ picture, diagnostic: finding && { severity, ...finding, location } });
  }

  async #look(written: string, directory: string): Promise<Looked> {
    if (isForeignPath(written)) {
      return refuse(
        "avatar-outside",
        `${written} is not a path relative to this file`,
        "Write it with /, from the folder of this file: avatars/dale-cooper.png.",
      );
    }
    const path = posix.join(directory, written);
    const known = this.#looked.get(path);
    if (known !== undefined) return known;
    const looked = await this.#open(path, written);
    this.#looked.set(path, looked);
    return looked;
  }

  async #open(path: string, written: string): Promise<Looked> {
    const outside = refuse(
      "avatar-outside",
      `${written} leads out of ${this.#root}`,
      `Only pictures inside of ${this.#root} are used, so that a reviewer sees all that is sent. Copy it there.`,
    );
    const root = this.#disk.realPath(this.#root);
    if (isBeyond(posix.relative(posix.normalize(this.#root), path)) || root === undefined) return outside;
    const real = this.#disk.realPath(path);
    if (real === undefined) return this.#missing(path, written);
    if (isBeyond(posix.relative(root, real))) return outside;
    const read = this.#disk.read(real, { limit: LIMITS.pictureBytes });
    const looked = lookAt(read, path, written);
    if (looked.picture === undefined || read.kind !== "bytes") return looked;
    return (await this.#canDecode(looked.picture, read.bytes)) ? looked : refuseDamaged(path);
  }

  async #canDecode({ sha256 }: Picture, bytes: Uint8Array): Promise<boolean> {
    const decodable = this.#decodable.get(sha256) ?? (await this.#isDecodable(bytes));
    this.#decodable.set(sha256, decodable);
    return decodable;
  }

  #missing(path: string, written: string): Looked {
    const names = entriesIn(posix.dirname(path), this.#disk).map(({ name }) => name);
    const near = suggest(posix.basename(path), names);
    const advice =
      near === undefined
        ? "Add the picture, or leave avatar out. Paths are relative to this file."
        : `Did you mean ${posix.join(posix.dirname(written), near)}?`;
    return refuse("avatar-missing", `There is no file ${path}`, advice);
  }
}

function refuseDamaged(path: string): Looked {
  return refuse(
    "avatar-damaged",
    `${path} is damaged: it cannot be decoded to its end`,
    "Copy it again from where it came, or export it again.",
  );
}

/** Absolute on some system, or not a path at all. */
function isForeignPath(written: string): boolean {
  return written.includes("\0") || written.includes("\\") || /^(?:\/|~|[a-z]+:)/i.test(written);
}

function isBeyond(relativePath: string): boolean {
  return relativePath === ".." || relativePath.startsWith("../") || posix.isAbsolute(relativePath);
}

function lookAt(read: ReadFile, path: string, written: string): Looked {
  switch (read.kind) {
    case "bytes":
      return lookInto(read.bytes, path, written);
    case "missing":
      return refuse("avatar-missing", `There is no file ${path}`, "Add the picture, or leave avatar out.");
    case "not-a-file":
      return refuse("avatar-not-a-file", `${path} is not a file`, "Name a picture file.");
    case "changing":
      return refuse("avatar-unreadable", `${path} changed while it was read`, "Try again when it is complete.");
    case "too-large":
      return refuse(
        "avatar-too-large",
        `${path} has ${megabytes(read.size)} MB`,
        "Front takes at most 25 MB. Scale the picture down: a few hundred pixels a side are enough.",
      );
    case "unreadable":
      return refuse(
        "avatar-unreadable",
        `${path} cannot be read (${read.reason})`,
        "Check the permissions of the file.",
      );
  }
}

/** Whether the bytes of a picture would be an error when a file names it, whatever the name. */
export async function isInvalidPicture(bytes: Uint8Array): Promise<boolean> {
  const type = detectPictureType(bytes);
  if (type === undefined || bytes.length > LIMITS.pictureBytes) return true;
  const name = `picture${EXTENSIONS[type][0]}`;
  return lookInto(bytes, name, name).picture === undefined || !(await isDecodable(bytes));
}

function lookInto(bytes: Uint8Array, path: string, written: string): Looked {
  if (bytes.length === 0)
    return refuse("avatar-empty", `${path} is empty`, "Put a picture there, or leave avatar out.");
  const type = detectPictureType(bytes);
  if (type === undefined) return refuseContent(bytes, path);
  const refused = checkName(type, path, written) ?? checkSize(bytes, type, path);
  if (refused !== undefined) return refused;
  const picture = { path, sha256: sha256Of(bytes), size: bytes.length, type };
  return type === "image/jpeg" && hasGpsPosition(bytes) ? { picture, finding: whereTaken(path) } : { picture };
}

/** A small file can ask for a lot of memory of whoever shows it. */
function checkSize(bytes: Uint8Array, type: PictureType, path: string): Looked | undefined {
  const { width = 0, height = 0 } = sizeOfPicture(bytes, type) ?? {};
  if (Math.max(width, height) <= LIMITS.pictureSide) return undefined;
  return refuse(
    "avatar-too-many-pixels",
    `${path} has ${width} x ${height} pixels, and ${LIMITS.pictureSide} a side is the most`,
    "Scale the picture down: a few hundred pixels a side are enough.",
  );
}

function whereTaken(path: string): Finding {
  return {
    code: "avatar-position",
    summary: `${path} says where it was taken`,
    advice: "Everybody who can see the contact may read that. Export the picture without its EXIF part.",
  };
}

function refuseContent(bytes: Uint8Array, path: string): Looked {
  if (isSvg(bytes)) {
    return refuse(
      "avatar-svg",
      `${path} is an SVG drawing`,
      "SVG may carry scripts, so it is not sent. Export it as PNG.",
    );
  }
  return refuse(
    "avatar-not-a-picture",
    `${path} is not a picture`,
    "Front shows PNG, JPEG, GIF and WebP. This file is none of them, whatever its name says.",
  );
}

function checkName(type: PictureType, path: string, written: string): Looked | undefined {
  const [usual = "", ...others] = EXTENSIONS[type];
  const extension = posix.extname(path);
  if ([usual, ...others].includes(extension.toLowerCase())) return undefined;
  const kind = type.slice("image/".length).toUpperCase();
  const better = `${written.slice(0, written.length - extension.length)}${usual}`;
  return refuse(
    "avatar-misnamed",
    `${path} is a ${kind} picture, and its name says otherwise`,
    `Rename it to ${better}.`,
  );
}

function megabytes(size: number): string {
  return (size / (1024 * 1024)).toFixed(1);
}

function refuse(code: string, summary: string, advice: string): { readonly finding: Finding } {
  return { finding: { code, summary, advice } };
}
