import { type FrontApi, FrontError } from "../front/api.ts";
import { readPicture } from "../images/picture.ts";
import { picturesMatch } from "../images/picture-similarity.ts";
import type { Match } from "../matching/match.ts";
import { type ComparedPicture, picturesOf } from "../matching/match-entries.ts";
import type { DesiredContact, Picture, RemoteContact } from "../model/contact.ts";
import { forEachConcurrently } from "./concurrent-for-each.ts";

/** Remembers which file's picture Front shows at which URL. Without it, each picture is downloaded again. */
export interface AvatarCache {
  /** Returns the hash of the file that the picture at this URL comes from. */
  known(url: string): string | undefined;
  remember(url: string, sha256: string): void;
}

export interface PictureOptions {
  /** Default: none, so that pictures in Front are downloaded to be compared. `openCache` stores one on disk. */
  readonly pictures?: AvatarCache;
  /** The directory that picture paths are relative to, as given to `loadDesired`. Default: the working directory. */
  readonly cwd?: string;
  /** True if a downloaded picture is the one in the file. Default: a visual comparison, since Front may re-encode. */
  readonly samePicture?: (file: Picture, shown: Uint8Array) => Promise<boolean>;
  /** Called with a downloaded picture that is not the one in the file. */
  readonly onOtherPicture?: (url: string, shown: Uint8Array) => void;
  /** Called for a picture that cannot be downloaded. It then counts as different. */
  readonly onPictureFailure?: (contact: RemoteContact, error: FrontError) => void;
}

/** Returns the ids of the contacts whose picture in Front is the one that their entry declares. */
export async function findUnchangedAvatars(
  matches: ReadonlyMap<DesiredContact, Match>,
  front: FrontApi,
  options: PictureOptions,
): Promise<ReadonlySet<string>> {
  const pictures = [...matches].flatMap(([entry, match]) => picturesOf({ entry, match }));
  return await findSamePictures(pictures, front, options);
}

/**
 * Downloads pictures that the cache does not know. Returns the ids of the contacts whose picture is the declared one.
 */
export async function findSamePictures(
  compared: readonly ComparedPicture[],
  front: FrontApi,
  { pictures, cwd, samePicture = comparePictures(cwd), onOtherPicture, onPictureFailure }: PictureOptions,
): Promise<ReadonlySet<string>> {
  const same = new Set<string>();
  const isSame = async ({ contact, avatar }: ComparedPicture) => {
    const { avatarUrl } = contact;
    if (avatarUrl === undefined) return false;
    const known = pictures?.known(avatarUrl);
    if (known !== undefined) return known === avatar.sha256;
    const shown = await download(contact, avatarUrl, front, onPictureFailure);
    if (shown === undefined) return false;
    if (!(await samePicture(avatar, shown))) {
      onOtherPicture?.(avatarUrl, shown);
      return false;
    }
    pictures?.remember(avatarUrl, avatar.sha256);
    return true;
  };
  await forEachConcurrently(compared, async (each) => {
    if (await isSame(each)) same.add(each.contact.id);
  });
  return same;
}

function comparePictures(cwd: string | undefined): NonNullable<PictureOptions["samePicture"]> {
  return async (file, shown) => picturesMatch(await readPicture(file, { cwd }), shown);
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
