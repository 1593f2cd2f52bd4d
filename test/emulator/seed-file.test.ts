import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readSeedFile, startEmulator } from "../../src/emulator/index.ts";
import { withFront } from "./support.ts";

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "front-emulator-"));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("saves every change before it responds", () =>
  inDirectory(async (directory) => {
    const state = join(directory, "front.json");
    await withFront({ state }, async (front) => {
      const id = await front.contact("dale@fbi.example");
      expect((await readSeedFile(state)).contacts?.[0]?.id).toBe(id);
      await front.contact("laura@palmer.example");
      await front.call("DELETE", `/contacts/${id}`);
      expect((await stat(`${state}.changes`)).mode & 0o777).toBe(0o600);
      expect((await readSeedFile(state)).contacts).toHaveLength(1);
    });
    expect(await readdir(directory)).toEqual(["front.json"]);
    expect(JSON.parse(await readFile(state, "utf8")).contacts).toHaveLength(1);
    expect((await stat(state)).mode & 0o777).toBe(0o600);
  }));

test("continues from its state file and ignores the seed", () =>
  inDirectory(async (directory) => {
    const state = join(directory, "front.json");
    const seed = { contacts: [{ id: "crd_9", handles: ["email:seeded@x.example"] }] };
    let before: unknown;
    await withFront({ state, seed }, async (front) => {
      await front.contact("dale@fbi.example", { name: "Dale", list_names: ["FBI"] });
      await front.call("DELETE", "/contacts/crd_9");
      before = (await front.call("GET", "/contacts")).body;
    });
    await withFront({ state, seed }, async (front) => {
      expect((await front.call("GET", "/contacts")).body).toEqual(before);
    });
  }));

test("accepts page tokens that were created before a restart", () =>
  inDirectory(async (directory) => {
    const state = join(directory, "front.json");
    let token: string | null = null;
    await withFront({ state }, async (front) => {
      for (const letter of ["a", "b", "c"]) await front.contact(`${letter}@x.example`);
      const { body } = await front.call("GET", "/contacts?limit=2&sort_order=asc");
      token = new URL(body._pagination.next).searchParams.get("page_token");
    });
    await withFront({ state }, async (front) => {
      const { body } = await front.call("GET", `/contacts?page_token=${token}`);
      expect(body._results.map((contact: { handles: { handle: string }[] }) => contact.handles[0]?.handle)).toEqual([
        "c@x.example",
      ]);
    });
  }));

test("saves concurrent changes", () =>
  inDirectory(async (directory) => {
    const state = join(directory, "front.json");
    await withFront({ state }, async (front) => {
      const many = Array.from({ length: 40 }, (_, index) => front.contact(`${index}@x.example`));
      await Promise.all(many);
      expect((await readSeedFile(state)).contacts).toHaveLength(40);
    });
  }));

test.each([
  ["{", "front.json:1:2: Invalid JSON"],
  ['{"contact":[]}', 'unknown key "contact"'],
])("reports the error in the file %s", (text, sentence) =>
  inDirectory(async (directory) => {
    const path = join(directory, "front.json");
    await writeFile(path, text);
    await expect(startEmulator({ state: path })).rejects.toThrow(sentence);
    expect(await readFile(path, "utf8")).toBe(text);
  }),
);

test("fails at the start if the state file is not writable", async () => {
  await expect(startEmulator({ state: "/nonexistent/front.json" })).rejects.toThrow(
    "Cannot write /nonexistent/front.json (ENOENT)",
  );
});

test("reports a missing seed file", async () => {
  await expect(readSeedFile("/nonexistent/seed.json")).rejects.toThrow("Cannot read /nonexistent/seed.json (ENOENT)");
});
