import { createHash } from "node:crypto";
import { appendFile, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type EmulatorOptions, readSeedFile, startEmulator } from "../../src/emulator/index.ts";
import { withFront } from "./support.ts";

const STATE = "front.json";
const CHANGES = "front.json.changes";

/** Runs with an empty directory, and one to which `kill` copies the files as a killed emulator would leave them. */
async function withState(
  run: (state: string, killed: { readonly directory: string; kill(): Promise<string> }) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "front-emulator-"));
  const copy = await mkdtemp(join(tmpdir(), "front-emulator-"));
  const kill = async () => {
    for (const name of await readdir(copy)) await rm(join(copy, name));
    let before: string | undefined;
    do {
      before = await textOf(join(directory, CHANGES));
      await copyFile(join(directory, STATE), join(copy, STATE));
      // Otherwise, the files were not left at one moment.
    } while (before !== (await textOf(join(directory, CHANGES))));
    if (before !== undefined) await writeFile(join(copy, CHANGES), before);
    return join(copy, STATE);
  };
  try {
    await run(join(directory, STATE), { directory: copy, kill });
  } finally {
    await rm(directory, { recursive: true });
    await rm(copy, { recursive: true });
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

async function stateAfterRestart(state: string): Promise<unknown> {
  await using emulator = await startEmulator({ state });
  return emulator.snapshot();
}

const SEED = {
  lists: [{ id: "grp_1", name: "Sheriffs" }],
  contacts: [
    { id: "crd_1", handles: ["email:dale@fbi.example", "phone:+13605550123"], lists: ["grp_1"] },
    { id: "crd_2", handles: ["email:laura@palmer.example"], shown_as: { account: null, updated_at: 1 } },
    { id: "crd_3", handles: ["email:audrey@horne.example"], lists: ["grp_1"] },
    { id: "crd_4", handles: ["email:sarah@palmer.example"], shown_as: { account: null } },
  ],
  accounts: [
    { id: "acc_1", name: "FBI", domains: ["fbi.example"] },
    { id: "acc_2", name: "Palmers", domains: ["palmer.example"], contacts: ["crd_2", "crd_4"] },
  ],
};

function avatar(): FormData {
  const form = new FormData();
  form.append("avatar", new Blob([Buffer.from("a picture")], { type: "image/png" }), "a.png");
  return form;
}

/** A change by each route, in order. */
const WRITES: readonly (readonly [string, string, unknown?])[] = [
  ["POST", "/contacts", { handles: [{ source: "email", handle: "bob@fbi.example" }], list_names: ["Sheriffs", "New"] }],
  ["PATCH", "/contacts/crd_1", { description: "Special agent", custom_fields: { Location: "Room 315" } }],
  ["PATCH", "/contacts/crd_1", avatar()],
  ["POST", "/contacts/crd_2/handles", { source: "email", handle: "laura@fbi.example" }],
  ["DELETE", "/contacts/crd_1/handles", { source: "phone", handle: "+13605550123" }],
  ["POST", "/contacts/crd_1/notes", { author_id: "tea_1a", body: "Likes coffee" }],
  ["POST", "/contact_lists", { name: "Suspects" }],
  ["POST", "/contact_lists/grp_1/contacts", { contact_ids: ["crd_2"] }],
  ["DELETE", "/contact_lists/grp_1/contacts", { contact_ids: ["crd_1"] }],
  ["DELETE", "/contact_lists/grp_1"],
  ["POST", "/accounts", { name: "Roadhouse", domains: ["roadhouse.example"] }],
  ["PATCH", "/accounts/acc_1", { description: "Bureau", domains: ["fbi.example", "horne.example"] }],
  ["POST", "/accounts/acc_2/contacts", { contact_ids: ["crd_1", "crd_3"] }],
  ["DELETE", "/accounts/acc_2/contacts", { contact_ids: ["crd_3"] }],
  ["DELETE", "/accounts/acc_2/contacts", { contact_ids: ["crd_4"] }],
  ["POST", "/contacts/merge", { target_contact_id: "crd_2", contact_ids: ["crd_1"] }],
  ["DELETE", "/accounts/acc_2"],
  ["DELETE", "/contacts/crd_3"],
];

test.each<Partial<EmulatorOptions>>([{}, { behavior: { linkMoves: false, listChangesBump: false } }])(
  "a killed emulator loses no change that a client saw, with %j",
  (options) =>
    withState(async (state, { kill, directory }) => {
      await withFront({ state, seed: SEED, ...options }, async ({ call, emulator }) => {
        const expectSaved = async () => {
          expect(await stateAfterRestart(await kill())).toEqual(JSON.parse(JSON.stringify(emulator.snapshot())));
          expect(await readdir(directory)).toEqual([STATE]);
        };
        for (const [method, target, body] of WRITES) {
          const { status, text } = await call(method, target, body);
          expect([method, target, status < 300 ? "done" : text]).toEqual([method, target, "done"]);
          await expectSaved();
        }
        const { clientId, clientSecret } = emulator.oauth;
        const grant = `grant_type=refresh_token&refresh_token=${await emulator.oauth.signIn()}`;
        await expectSaved();
        const headers = {
          authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
          "content-type": "application/x-www-form-urlencoded",
        };
        expect(await call("POST", "/oauth/token", grant, { token: undefined, headers })).toMatchObject({ status: 200 });
        await expectSaved();
      });
    }),
);

/** Returns the state file of an emulator that was killed after it created a contact. */
async function killAfterChange(kill: () => Promise<string>, state: string): Promise<string> {
  let killed = "";
  await withFront({ state }, async (front) => {
    await front.contact("dale@fbi.example");
    killed = await kill();
  });
  return killed;
}

test("ignores a change that was being written", () =>
  withState(async (state, { kill }) => {
    const killed = await killAfterChange(kill, state);
    await appendFile(`${killed}.changes`, '{"contacts":{"crd_1000":nul');
    expect((await readSeedFile(killed)).contacts).toHaveLength(1);
  }));

test("ignores changes that the state file has already", () =>
  withState(async (state, { kill }) => {
    const killed = await killAfterChange(kill, state);
    const after = await readFile(state, "utf8");
    const hash = createHash("sha256").update(after).digest("hex");
    // Killed after the state file was replaced, and before the changes were removed.
    await appendFile(`${killed}.changes`, `${JSON.stringify({ end: hash })}\n`);
    expect((await readSeedFile(killed)).contacts).toHaveLength(1);
    await writeFile(killed, after);
    expect(await stateAfterRestart(killed)).toEqual(JSON.parse(after));
  }));

test.each([
  ["of another state file", (killed: string) => appendFile(killed, " "), "has changes to another"],
  ["that are damaged", (killed: string) => appendFile(`${killed}.changes`, "{\n"), "is damaged"],
])("refuses changes %s, and keeps both files", (_, damage, message) =>
  withState(async (state, { kill, directory }) => {
    const killed = await killAfterChange(kill, state);
    await damage(killed);
    await expect(startEmulator({ state: killed })).rejects.toThrow(message);
    expect(await readdir(directory)).toEqual([STATE, CHANGES]);
  }),
);

test("writes the state file when the changes are larger than it", () =>
  withState(async (state) => {
    await withFront({ state }, async (front) => {
      const id = await front.contact("dale@fbi.example");
      for (let count = 0; count < 30; count += 1) {
        await front.call("PATCH", `/contacts/${id}`, { description: `${count}${"x".repeat(50_000)}` });
      }
      expect((await readFile(`${state}.changes`, "utf8").catch(() => "")).length).toBeLessThan(1_000_000);
      expect((await readSeedFile(state)).contacts?.[0]?.description).toMatch(/^29x/);
    });
  }));

test("writes the state file when no change was made for a while", () =>
  withState(async (state, { directory, kill }) => {
    await withFront({ state }, async (front) => {
      await front.contact("dale@fbi.example");
      do await kill();
      while ((await readdir(directory)).includes(CHANGES));
      expect(JSON.parse(await readFile(state, "utf8")).contacts).toHaveLength(1);
      await front.contact("laura@palmer.example");
      expect((await readSeedFile(state)).contacts).toHaveLength(2);
    });
  }));
