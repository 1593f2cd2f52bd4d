import { expect, test } from "@jest/globals";
import sharp from "sharp";
import { loadDesired } from "../src/config/load-desired-state.ts";
import { hashOfHandle } from "../src/model/handle-hash.ts";
import { AVATARS, drawPixels, pictureOf } from "./support/draw-avatars.ts";

const ROOT = new URL("..", import.meta.url).pathname;

test("the example configuration is valid", async () => {
  const { desired, diagnostics } = await loadDesired("contacts", { cwd: ROOT });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts.map(({ key }) => key)).toEqual([
    "dale-cooper",
    "erased-d27b9a8e",
    'guests["G-101"]',
    'guests["G-102"]',
    "harry-truman",
    "tommy-hill",
    "lucy-moran",
    "norma-jennings",
    "margaret-lanterman",
    "gordon-cole",
  ]);
});

test("the example configuration contains defaults, protection and a tombstone with a hash", async () => {
  const { desired } = await loadDesired("contacts", { cwd: ROOT });
  const contacts = desired?.contacts ?? [];
  const inherited = contacts.filter((contact) => contact.inherited !== undefined);
  expect(inherited.map(({ key, lists }) => [key, lists?.length])).toEqual([
    ["harry-truman", 2],
    ["tommy-hill", 2],
    ["lucy-moran", 2],
  ]);
  expect(contacts.filter(({ protect }) => protect !== undefined).map(({ key }) => key)).toEqual(["harry-truman"]);
  expect(contacts.find(({ key }) => key === "erased-d27b9a8e")?.hashedHandles).toMatchObject([
    { source: "email", sha256: hashOfHandle({ source: "email", handle: "laura@palmer.example" }) },
  ]);
});

test("the example configuration contains an account, and a contact that belongs to that account", async () => {
  const { desired } = await loadDesired("contacts", { cwd: ROOT });
  expect(desired?.accounts).toMatchObject([
    { key: "fbi", name: "FBI", domains: [{ domain: "fbi.example" }], protect: { location: {} } },
  ]);
  expect(desired?.contacts[0]?.account).toMatchObject({ domain: "fbi.example" });
});

test("the first example contact is the contact in Front's tutorial", async () => {
  const { desired } = await loadDesired("contacts", { cwd: ROOT });
  expect(desired?.contacts[0]).toMatchObject({
    name: "Dale Cooper",
    links: ["https://twinpeaks.fandom.com/wiki/Dale_Cooper", "https://en.wikipedia.org/wiki/Dale_Cooper"],
    lists: [{ name: "Twin Peaks Characters" }],
    handles: [{ source: "email", handle: "dale.cooper@fbi.example" }, { source: "email" }],
    customFields: expect.arrayContaining([
      expect.objectContaining({ name: "Job Title", value: "FBI Special Agent" }),
      expect.objectContaining({ name: "Location", value: "Las Vegas, Nevada" }),
    ]),
    avatar: { path: "contacts/avatars/dale-cooper.png", type: "image/png" },
  });
});

// `DRAW=1 npm test -- examples` updates the avatars. Pixels are compared, because the output of the encoder varies.
test.each(Object.entries(AVATARS))("the avatar of %s has the pixels of its drawing", async (name, drawing) => {
  const path = `${ROOT}contacts/avatars/${name}.png`;
  const pixels = drawPixels(drawing);
  if (process.env["DRAW"] !== undefined) await pictureOf(pixels).png({ compressionLevel: 9 }).toFile(path);
  expect((await sharp(path).raw().toBuffer()).equals(pixels)).toBe(true);
});
