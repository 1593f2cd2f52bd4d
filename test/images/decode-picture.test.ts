import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { isDecodable } from "../../src/images/decode-picture.ts";
import { memoryDisk, PICTURES } from "../support/memory-disk.ts";
import { portrait } from "../support/portrait.ts";

const FORMATS = ["png", "jpeg", "gif", "webp"] as const;
type Damage = (picture: Buffer) => Uint8Array;

test.each(FORMATS)("a complete %s can be decoded, even with trailing bytes", async (format) => {
  const picture = await portrait(1)[format]().toBuffer();
  expect(await isDecodable(picture)).toBe(true);
  expect(await isDecodable(Buffer.concat([picture, Buffer.from("more")]))).toBe(true);
  expect(await isDecodable(PICTURES[format])).toBe(true);
});

const damages: [string, Damage][] = [
  ["cut off in the middle", (picture) => picture.subarray(0, picture.length >> 1)],
  ["cut off near the end", (picture) => picture.subarray(0, picture.length - 20)],
  ["cut off after its first bytes", (picture) => picture.subarray(0, 12)],
];

test.each(FORMATS.flatMap((format) => damages.map(([name, damage]) => [format, name, damage] as const)))(
  "a %s that is %s cannot be decoded",
  async (format, _, damage) => {
    expect(await isDecodable(damage(await portrait(2)[format]().toBuffer()))).toBe(false);
  },
);

test.each<[string, Damage]>([
  ["overwritten bytes in the middle", (picture) => picture.fill(0x5a, picture.length >> 1, (picture.length >> 1) + 8)],
  ["no width", (picture) => picture.fill(0, 16, 20)],
])("a PNG with %s cannot be decoded", async (_, damage) => {
  expect(await isDecodable(damage(await portrait(3).png().toBuffer()))).toBe(false);
});

function contactWith(avatar: string): string {
  return `{ avatar: ${avatar}, handles: [{ source: custom, handle: ${avatar} }] }`;
}

test("a damaged picture is reported at the entry that refers to it", async () => {
  const picture = await portrait(4).png().toBuffer();
  const disk = memoryDisk({
    "contacts/a.yaml": `contacts:\n  ann: ${contactWith("ann.png")}\n  bob: ${contactWith("bob.png")}\n`,
    "contacts/ann.png": picture,
    "contacts/bob.png": picture.subarray(0, picture.length - 100),
  });
  const { desired, diagnostics } = await loadDesired("contacts", { disk });
  expect(desired).toBeUndefined();
  expect(diagnostics).toMatchObject([
    { severity: "error", code: "avatar-damaged", location: { file: "contacts/a.yaml", line: 3, column: 18 } },
  ]);
});

test("a picture that several contacts or files share is decoded once", async () => {
  let decodeCount = 0;
  const countDecoding = async () => {
    decodeCount += 1;
    return true;
  };
  const contacts = ["a.png", "b.png", "b.png", "c.png"].map(
    (name, index) => `  k${index}: { avatar: ${name}, handles: [{ source: custom, handle: h${index} }] }\n`,
  );
  const disk = memoryDisk({
    "contacts/a.yaml": `contacts:\n${contacts.join("")}`,
    "contacts/a.png": PICTURES.png,
    "contacts/b.png": PICTURES.png,
    "contacts/c.png": await portrait(5).png().toBuffer(),
  });
  expect((await loadDesired("contacts", { disk, isDecodable: countDecoding })).desired?.contacts).toHaveLength(4);
  expect(decodeCount).toBe(2);
});
