import { expect, test } from "@jest/globals";
import { avatarIn } from "../../src/emulator/avatars.ts";
import { onlyInFull } from "../scale.ts";
import { type TestFront, withFront } from "./support.ts";

const PICTURE = new Uint8Array([137, 80, 78, 71, 1, 2, 3]);

function form(type: string, bytes: Uint8Array = PICTURE): FormData {
  const parts = new FormData();
  parts.set("avatar", new File([bytes], "dale.png", { type }));
  return parts;
}

async function uploadedAvatarUrl(front: TestFront): Promise<string> {
  const id = await front.contact("dale@fbi.example");
  await front.call("PATCH", `/contacts/${id}`, form("image/png"));
  return (await front.get(`/contacts/${id}`)).avatar_url;
}

async function download(front: TestFront, url: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(front.emulator.url + new URL(url).pathname, { headers, redirect: "manual" });
}

test("the emulator stores an uploaded avatar at a new URL and changes nothing else", () =>
  withFront({ now: () => 1767300000123 }, async (front) => {
    const id = await front.contact("dale@fbi.example", { name: "Dale", custom_fields: { Location: "x" } });
    const getContact = () => front.get(`/contacts/${id}`);
    expect((await front.call("PATCH", `/contacts/${id}`, form("image/png"))).status).toBe(204);
    const first = await getContact();
    const host = "https://twin-peaks-sheriffs-department.api.front.example";
    expect(first.avatar_url).toBe(`${host}/contacts/${id}/avatar-1767300000123`);
    expect(first).toMatchObject({ name: "Dale", custom_fields: { Location: "x" } });
    await front.call("PATCH", `/contacts/${id}`, form("image/png"));
    expect((await getContact()).avatar_url).toBe(`${host}/contacts/${id}/avatar-1767300000124`);
  }));

test("the emulator creates a contact with an avatar", () =>
  withFront({}, async (front) => {
    const parts = form("image/jpeg");
    parts.set("handles[0][source]", "email");
    parts.set("handles[0][handle]", "dale@fbi.example");
    expect((await front.call("POST", "/contacts", parts)).body.avatar_url).toMatch(/avatar-\d{13}$/);
  }));

test("the emulator serves an avatar only if the request has a token", () =>
  withFront({}, async (front) => {
    const avatarUrl = await uploadedAvatarUrl(front);
    const authorization = `Bearer ${front.emulator.token}`;
    const response = await download(front, avatarUrl, { authorization });
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(PICTURE);
    expect((await download(front, avatarUrl)).status).toBe(401);
    expect((await download(front, avatarUrl.replace(/\d$/, "x"), { authorization })).status).toBe(404);
  }));

test("with avatarRedirect, the emulator redirects to a signed URL, where a token is rejected", () =>
  withFront({ behavior: { avatarRedirect: true } }, async (front) => {
    const avatarUrl = await uploadedAvatarUrl(front);
    const authorization = `Bearer ${front.emulator.token}`;
    const redirect = await download(front, avatarUrl, { authorization });
    expect(redirect.status).toBe(302);
    const signedUrl = redirect.headers.get("location") ?? "";
    expect(signedUrl.startsWith(`${front.emulator.url}/signed/`)).toBe(true);
    expect((await fetch(signedUrl, { headers: { authorization } })).status).toBe(400);
    expect((await fetch(signedUrl.replace(/.$/, "_"))).status).toBe(403);
    expect(new Uint8Array(await (await fetch(signedUrl)).arrayBuffer())).toEqual(PICTURE);
  }));

test("the emulator rejects an avatar that is not an image, or not a file", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    const response = await front.call("PATCH", `/contacts/${id}`, form("text/html"));
    expect(response.body._error.details).toEqual(["body.avatar: text/html is not an image type"]);
    const formWithText = new FormData();
    formWithText.set("avatar", "https://x.example/a.png");
    expect((await front.call("PATCH", `/contacts/${id}`, formWithText)).body._error.details).toEqual([
      "body.avatar: must be a file",
    ]);
    expect((await front.get(`/contacts/${id}`)).avatar_url).toBeNull();
  }));

const MAX_BYTES = 25 * 1024 * 1024;

test("the maximum size of an avatar is 25 MB", () => {
  const readAvatar = (size: number) =>
    avatarIn({ fields: {}, files: new Map([["avatar", { type: "image/png", bytes: new Uint8Array(size) }]]) }, []);
  expect(readAvatar(MAX_BYTES)?.bytes).toHaveLength(MAX_BYTES);
  expect(() => readAvatar(MAX_BYTES + 1)).toThrow(expect.objectContaining({ status: 413 }));
});

// Node.js takes seconds to send and parse such a large form.
onlyInFull(test)("the emulator accepts an avatar of up to 25 MB", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    const largest = form("image/png", new Uint8Array(MAX_BYTES));
    expect((await front.call("PATCH", `/contacts/${id}`, largest)).status).toBe(204);
  }),
);

onlyInFull(test)("the emulator rejects an avatar of more than 25 MB with Front's error", () =>
  withFront({}, async (front) => {
    const id = await front.contact("dale@fbi.example");
    const response = await front.call("PATCH", `/contacts/${id}`, form("image/png", new Uint8Array(MAX_BYTES + 1)));
    expect([response.status, response.body._error.status]).toEqual([413, 413]);
  }),
);
