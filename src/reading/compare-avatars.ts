import { type FrontApi, FrontError } from "../front/api.ts";
import { readPicture } from "../images/picture.ts";
import { picturesMatch } from "../images/picture-similarity.ts";
import type { ComparedPicture } from "../matching/match-entries.ts";
import type { Picture, RemoteContact } from "../model/contact.ts";
import { forEachConcurrently } from "./concurrent-for-each.ts";

/** Stores which file the picture at a URL comes from, to avoid downloading pictures again. */
export interface AvatarCache {
  /** Returns the SHA-256 of the file that the picture at this URL comes from, if known. */
  getHash(url: string): string | undefined;
  storeHash(url: string, sha256: string): void;
}

export interface PictureOptions {
  /** Default: none, so all pictures are downloaded. `openCache` returns a cache on disk. */
  readonly pictures?: AvatarCache;
  /** The directory that picture paths are relative to, as passed to `loadDesired`. Default: the working directory. */
  readonly cwd?: string;
  /**
   * Returns whether a picture in Front equals a file. Default: compares visually, because Front may re-encode pictures.
   */
  readonly isSamePicture?: (file: Picture, downloaded: Uint8Array) => Promise<boolean>;
  /** Called with a downloaded picture that differs from the file. */
  readonly onDifferentPicture?: (url: string, downloaded: Uint8Array) => void;
  /** Called if a picture cannot be downloaded. It is then treated as different. */
  readonly onPictureFailure?: (contact: RemoteContact, error: FrontError) => void;
}

/** Returns the IDs of the contacts whose picture equals the file. Downloads only pictures that are not in the cache. */
export async function findSamePictures(
  compared: readonly ComparedPicture[],
  front: FrontApi,
  { pictures, cwd, isSamePicture = comparePictures(cwd), onDifferentPicture, onPictureFailure }: PictureOptions,
): Promise<ReadonlySet<string>> {
  const sameIds = new Set<string>();
  const isSame = async ({ contact, avatar }: ComparedPicture) => {
    const { avatarUrl } = contact;
    if (avatarUrl === undefined) return false;
    const known = pictures?.getHash(avatarUrl);
    if (known !== undefined) return known === avatar.sha256;
    const downloaded = await download(contact, avatarUrl, front, onPictureFailure);
    if (downloaded === undefined) return false;
    if (!(await isSamePicture(avatar, downloaded))) {
      onDifferentPicture?.(avatarUrl, downloaded);
      return false;
    }
    pictures?.storeHash(avatarUrl, avatar.sha256);
    return true;
  };
  await forEachConcurrently(compared, async (picture) => {
    if (await isSame(picture)) sameIds.add(picture.contact.id);
  });
  return sameIds;
}

function comparePictures(cwd: string | undefined): NonNullable<PictureOptions["isSamePicture"]> {
  return async (file, downloaded) => picturesMatch(await readPicture(file, { cwd }), downloaded);
}

async function download(
  contact: RemoteContact,
  url: string,
  front: FrontApi,
  onFailure: PictureOptions["onPictureFailure"],
): Promise<Uint8Array | undefined> {
  try {
    return await front.avatar(url);
  } catch (error) {
    if (!(error instanceof FrontError) || error.code !== "no-picture") throw error;
    onFailure?.(contact, error);
    return undefined;
  }
}
