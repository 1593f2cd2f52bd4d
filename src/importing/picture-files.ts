import { posix } from "node:path";
import { isInvalidPicture } from "../config/avatars.ts";
import type { Disk } from "../fs/disk.ts";
import { type DiskWriter, FileChangedError } from "../fs/disk-writer.ts";
import { detectPictureType, EXTENSIONS, sha256Of } from "../images/picture.ts";
import { LIMITS } from "../model/limits.ts";

/** Why a picture is left out, to be read after what it is. */
export const UNFIT_PICTURE = "is not a picture that can be sent to Front";

/** A picture beside the files. */
export interface PlacedPicture {
  /** As a file in that directory names it. */
  readonly path: string;
  readonly sha256: string;
}

/** Puts pictures into `avatars/` beside the files that name them, and never in the place of another. */
export class PictureFiles {
  readonly #disk: Disk;
  readonly #writer: DiskWriter;

  constructor(disk: Disk, writer: DiskWriter) {
    this.#disk = disk;
    this.#writer = writer;
  }

  /** Undefined when the bytes are not a picture that `validate` accepts. */
  async location(key: string, directory: string, bytes: Uint8Array): Promise<PlacedPicture | undefined> {
    const type = detectPictureType(bytes);
    if (type === undefined || (await isInvalidPicture(bytes))) return undefined;
    const sha256 = sha256Of(bytes);
    for (let number = 1; ; number += 1) {
      const path = `avatars/${key}${number === 1 ? "" : `-${number}`}${EXTENSIONS[type][0]}`;
      const location = posix.join(directory, path);
      if (this.#holds(location, sha256)) return { path, sha256 };
      if (!this.#writer.exists(location) && this.#create(location, bytes)) return { path, sha256 };
    }
  }

  /** False when somebody else has just written a file there. */
  #create(path: string, bytes: Uint8Array): boolean {
    try {
      this.#writer.create(path, bytes);
      return true;
    } catch (error) {
      if (!(error instanceof FileChangedError)) throw error;
      return false;
    }
  }

  #holds(path: string, sha256: string): boolean {
    const read = this.#disk.read(path, { limit: LIMITS.pictureBytes });
    return read.kind === "bytes" && sha256Of(read.bytes) === sha256;
  }
}
