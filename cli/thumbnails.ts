import { type FrontApi, FrontError, type Plan, readPicture, reencodePicture, UserError } from "../src/internal.ts";

/** Maximum number of pictures from files. Their thumbnails are small, but take time to render. */
const MAX_FILES = 1_000;
/** Maximum number of pictures from Front. Each takes a request. */
const MAX_DOWNLOADS = 50;

/**
 * Returns `data:` URLs by the value of the attribute `avatar`, without pictures that cannot be read. Without `front`,
 * omits the pictures in Front.
 */
export async function thumbnailsOf(
  { changes, operations }: Plan,
  { cwd, front }: { readonly cwd: string; readonly front: FrontApi | undefined },
): Promise<ReadonlyMap<string, string>> {
  const uploads = operations.filter((operation) => operation.kind === "upload-avatar");
  const files = new Map(uploads.map(({ picture }) => [`sha256:${picture.sha256}`, picture]));
  const urls = new Set(changes.flatMap(({ differences }) => differences.flatMap(previousPictureUrl)));
  const thumbnails = await Promise.all([
    ...[...files].slice(0, MAX_FILES).map(([value, picture]) => render(value, () => readPicture(picture, { cwd }))),
    ...(front === undefined
      ? []
      : [...urls].slice(0, MAX_DOWNLOADS).map((url) => render(url, () => front.avatar(url)))),
  ]);
  return new Map(thumbnails.filter((thumbnail) => thumbnail !== undefined));
}

/** The previous value may also be the hash of a file. */
function previousPictureUrl({ attribute, before }: Plan["changes"][number]["differences"][number]): string[] {
  return attribute === "avatar" && typeof before === "string" && !before.startsWith("sha256:") ? [before] : [];
}

async function render(value: string, read: () => Promise<Uint8Array>): Promise<readonly [string, string] | undefined> {
  try {
    const thumbnail = await reencodePicture(await read(), "resized");
    if (thumbnail === undefined) return undefined;
    return [value, `data:${thumbnail.type};base64,${Buffer.from(thumbnail.bytes).toString("base64")}`];
  } catch (error) {
    if (error instanceof FrontError || error instanceof UserError) return undefined;
    throw error;
  }
}
