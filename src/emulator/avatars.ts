import { createHash } from "node:crypto";
import type { Body, Problems, Upload } from "./body.ts";
import {
  badRequest,
  ErrorResponse,
  type FrontRequest,
  type FrontResponse,
  redirect,
  tooLarge,
  unknownId,
} from "./http-messages.ts";
import type { Avatar, Contact } from "./model.ts";
import type { Store } from "./store.ts";

const MAX_AVATAR_BYTES = 25 * 1024 * 1024;
const SIGNED_PATH = /^\/signed\/([^/]+)\/avatar-(\d+)$/;

/** Returns the uploaded avatar, if any. Adds a problem if it is not an image file. Throws a 413 if it is too large. */
export function avatarIn({ fields, files }: Body, problems: Problems): Upload | undefined {
  const upload = files.get("avatar");
  if (upload === undefined) {
    if (typeof fields["avatar"] === "string") problems.push("body.avatar: must be a file");
    return undefined;
  }
  if (upload.bytes.length > MAX_AVATAR_BYTES) throw tooLarge("The avatar is larger than 25 MB.");
  if (!upload.type.startsWith("image/")) problems.push(`body.avatar: ${upload.type || "no type"} is not an image type`);
  return upload;
}

/**
 * Returns the body with its avatar as Front stores it. Must be called before the handlers, because they are synchronous
 * and encoding is not.
 */
export async function withStoredAvatar({ behavior, reencodeAvatar }: Store, body: Body): Promise<Body> {
  const upload = body.files.get("avatar");
  if (upload === undefined || behavior.storedAvatars === "as-sent") return body;
  const reencoded = await reencodeAvatar?.(upload.bytes, behavior.storedAvatars);
  return reencoded === undefined
    ? body
    : { ...body, files: new Map([...body.files, ["avatar", { ...upload, ...reencoded }]]) };
}

/** Returns the avatar to store. Each upload has a new URL, even for the same picture in the same millisecond. */
export function uploadedAvatar(store: Store, contact: Contact, { type, bytes }: Upload): Avatar {
  return { type, bytes, version: Math.max(store.now(), (contact.avatar?.version ?? 0) + 1) };
}

/** `name` is the last segment of the avatar's URL, such as `avatar-1700000000000`. */
export function avatarResponse(store: Store, contact: Contact, name: string, origin: string): FrontResponse {
  const { avatar } = contact;
  if (avatar === undefined || name !== `avatar-${avatar.version}`) throw unknownId("avatar", name);
  return avatarOrRedirect(store, contact, avatar, origin);
}

/** Returns the copied avatar whose URL in the original company has this path; undefined if there is none. */
export function copiedAvatarResponse(store: Store, path: string, origin: string): FrontResponse | undefined {
  for (const contact of store.contacts.values()) {
    const { avatar } = contact;
    if (avatar?.url !== undefined && pathOf(avatar.url) === path)
      return avatarOrRedirect(store, contact, avatar, origin);
  }
  return undefined;
}

/** Returns the number at the end of a URL such as `…/avatar-1700000000000`; 0 if there is none. */
export function versionIn(url: string): number {
  return Number(/\/avatar-(\d{1,15})$/.exec(pathOf(url) ?? "")?.[1] ?? 0);
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname : undefined;
}

function avatarOrRedirect({ behavior }: Store, { id }: Contact, avatar: Avatar, origin: string): FrontResponse {
  if (!behavior.avatarRedirect) return pictureResponse(avatar);
  const path = `/signed/${id}/avatar-${avatar.version}`;
  return redirect(302, `${origin}${path}?signature=${signatureOf(path)}`);
}

/**
 * Returns the picture at a signed URL; undefined if the request is not for a signed URL. Like an object store, requires
 * a valid signature and rejects an Authorization header.
 */
export function signedAvatarResponse(
  store: Store,
  { method, path, query, headers }: FrontRequest,
): FrontResponse | undefined {
  const [, id = "", version] = SIGNED_PATH.exec(path) ?? [];
  if (version === undefined || method !== "GET") return undefined;
  if (headers["authorization"] !== undefined) {
    throw badRequest("Only one auth mechanism allowed: the signature, not the Authorization header");
  }
  if (query.get("signature") !== signatureOf(path)) {
    throw new ErrorResponse({ status: 403, title: "Forbidden", message: "The signature does not match." });
  }
  const { avatar } = store.getContact(id);
  if (avatar === undefined || String(avatar.version) !== version) throw unknownId("avatar", version);
  return pictureResponse(avatar);
}

function pictureResponse({ type, bytes, version }: Avatar): FrontResponse {
  if (bytes === undefined) throw unknownId("avatar", `avatar-${version}`);
  return { status: 200, headers: { "content-type": type }, body: bytes };
}

function signatureOf(path: string): string {
  return createHash("sha256").update(`front-emulator ${path}`).digest("hex");
}
