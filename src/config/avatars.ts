import { posix } from "node:path";
import type { Disk, ReadFile } from "../fs/disk.ts";
import { lfsPointerOf } from "../fs/lfs-pointer.ts";
import { isDecodable } from "../images/decode-picture.ts";
import { detectPictureType, EXTENSIONS, isSvg, sha256Of } from "../images/picture.ts";
import { hasGpsPosition, sizeOfPicture } from "../images/picture-header.ts";
import type { Picture, PictureType } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { containedPath, isNotRelative, similarName } from "./contained-path.ts";
import { didYouMeanName, showRoot } from "./message-parts.ts";
import { type ConfigCode, configProblem, type MessageParameters } from "./messages.ts";
import type { LocatedText } from "./written-values.ts";

export type IsDecodable = (bytes: Uint8Array) => Promise<boolean>;

/** `problem` depends on the reference, because a suggested path is relative to the file that contains the reference. */
interface CheckedPicture {
  readonly picture?: Picture;
  readonly problem?: (reference: LocatedText) => Diagnostic;
}

/** Loads and checks pictures. Reads each path only once, because several contacts may use the same picture. */
export class Avatars {
  readonly #root: string;
  readonly #disk: Disk;
  readonly #isDecodable: IsDecodable;
  readonly #checked = new Map<string, CheckedPicture>();
  /** By the SHA-256 of a picture; true if the picture can be decoded. */
  readonly #decodable = new Map<string, boolean>();

  constructor(root: string, disk: Disk, checkDecodable: IsDecodable = isDecodable) {
    this.#root = root;
    this.#disk = disk;
    this.#isDecodable = checkDecodable;
  }

  /** Returns the referenced picture. The diagnostic is an error if there is no picture, and a warning otherwise. */
  async load(reference: LocatedText): Promise<{ readonly picture?: Picture; readonly diagnostic?: Diagnostic }> {
    const { picture, problem } = await this.#load(reference);
    return omitUndefined({ picture, diagnostic: problem?.(reference) });
  }

  async #load({ text, location }: LocatedText): Promise<CheckedPicture> {
    if (isNotRelative(text)) return invalid("avatar-outside", { path: text });
    const path = posix.join(posix.dirname(location.file), text);
    const result = this.#checked.get(path) ?? (await this.#read(path));
    this.#checked.set(path, result);
    return result;
  }

  async #read(path: string): Promise<CheckedPicture> {
    const contained = containedPath(path, this.#root, this.#disk);
    if (!("real" in contained)) {
      if (contained.problem === "missing") return this.#missing(path);
      const root = showRoot(this.#root);
      return { problem: ({ text, location }) => configProblem("avatar-outside", { path: text, root }, { location }) };
    }
    const read = this.#disk.read(contained.real, { limit: LIMITS.pictureBytes });
    const result = checkRead(read, path);
    if (result.picture === undefined || read.kind !== "bytes") return result;
    return (await this.#canDecode(result.picture, read.bytes)) ? result : invalid("avatar-damaged", { path });
  }

  async #canDecode({ sha256 }: Picture, bytes: Uint8Array): Promise<boolean> {
    const decodable = this.#decodable.get(sha256) ?? (await this.#isDecodable(bytes));
    this.#decodable.set(sha256, decodable);
    return decodable;
  }

  #missing(path: string): CheckedPicture {
    const name = similarName(path, this.#disk);
    const suggestionFor = (written: string) => name && posix.join(posix.dirname(written), name);
    return {
      problem: ({ text, location }) => {
        // The user may have written a path relative to the working directory.
        const exists = "real" in containedPath(text, this.#root, this.#disk);
        const suggestion = exists ? posix.relative(posix.dirname(location.file), text) : suggestionFor(text);
        const question = suggestion && didYouMeanName(text, suggestion, "");
        return configProblem("avatar-missing", { path, question }, { location });
      },
    };
  }
}

function invalid<Code extends ConfigCode>(code: Code, parameters: MessageParameters<Code>): CheckedPicture {
  return { problem: ({ location }) => configProblem(code, parameters, { location }) };
}

function checkRead(read: ReadFile, path: string): CheckedPicture {
  switch (read.kind) {
    case "bytes":
      return checkPicture(read.bytes, path);
    case "missing":
      return invalid("avatar-missing", { path, question: undefined });
    case "not-a-file":
      return invalid("avatar-not-a-file", { path });
    case "changing":
      return invalid("avatar-unreadable", { path, reason: undefined });
    case "too-large":
      return invalid("avatar-too-large", { path, size: read.size });
    case "unreadable":
      return invalid("avatar-unreadable", { path, reason: read.reason });
  }
}

/** Returns whether an avatar with these bytes would be rejected, for example because it is too large. */
export async function isInvalidPicture(bytes: Uint8Array): Promise<boolean> {
  const type = detectPictureType(bytes);
  if (type === undefined || bytes.length > LIMITS.pictureBytes) return true;
  const { picture } = checkPicture(bytes, `picture${EXTENSIONS[type][0]}`);
  return picture === undefined || !(await isDecodable(bytes));
}

function checkPicture(bytes: Uint8Array, path: string): CheckedPicture {
  if (bytes.length === 0) return invalid("avatar-empty", { path });
  const type = detectPictureType(bytes);
  if (type === undefined && isSvg(bytes)) return invalid("avatar-svg", { path });
  if (type === undefined)
    return invalid("avatar-not-a-picture", { path, isPointer: lfsPointerOf(bytes) !== undefined });
  const problem = checkName(type, path) ?? checkDimensions(bytes, type, path);
  if (problem !== undefined) return problem;
  const picture = { path, sha256: sha256Of(bytes), size: bytes.length, type };
  const hasPosition = type === "image/jpeg" && hasGpsPosition(bytes);
  return hasPosition ? { picture, ...invalid("avatar-position", { path }) } : { picture };
}

/** Even a small file can use a lot of memory when it is decoded. */
function checkDimensions(bytes: Uint8Array, type: PictureType, path: string): CheckedPicture | undefined {
  const { width = 0, height = 0 } = sizeOfPicture(bytes, type) ?? {};
  if (Math.max(width, height) <= LIMITS.pictureSide) return undefined;
  return invalid("avatar-too-many-pixels", { path, width, height });
}

function checkName(type: PictureType, path: string): CheckedPicture | undefined {
  const [common = "", ...others] = EXTENSIONS[type];
  const extension = posix.extname(path);
  if ([common, ...others].includes(extension.toLowerCase())) return undefined;
  const kind = type.slice("image/".length).toUpperCase();
  return {
    problem: ({ text, location }) => {
      const suggestedPath = `${text.slice(0, text.length - extension.length)}${common}`;
      return configProblem("avatar-misnamed", { path, kind, suggestedPath }, { location });
    },
  };
}
