import { createHash } from "node:crypto";
import { appendFile, copyFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { type EmulatorOptions, readSeedFile, startEmulator } from "../../src/emulator/index.ts";
import { onlyInFull, sample } from "../scale.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { withFront } from "./support.ts";

const STATE = "front.json";
const CHANGES = "front.json.changes";

/**
 * Runs a test with the path of a state file in an empty directory. `kill` simulates that the emulator is killed: it
 * copies the current files to another directory, and returns the path of the copied state file.
 */
async function withState(
  run: (state: string, copy: { readonly directory: string; kill(): Promise<string> }) => Promise<void>,
): Promise<void> {
  using original = new TemporaryDirectory();
  using copy = new TemporaryDirectory();
  const kill = async () => {
    for (const name of await readdir(copy.path)) await rm(copy.pathOf(name));
    let before: string | undefined;
    do {
      before = await textOf(original.pathOf(CHANGES));
      await copyFile(original.pathOf(STATE), copy.pathOf(STATE));
      // If the changes differ, the files were not copied at the same moment.
    } while (before !== (await textOf(original.pathOf(CHANGES))));
    if (before !== undefined) await writeFile(copy.pathOf(CHANGES), before);
    return copy.pathOf(STATE);
  };
  await run(original.pathOf(STATE), { directory: copy.path, kill });
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

/** Requests that together make every kind of change to the company. Must be sent in order. */
const WRITES: readonly (readonly [string, string, unknown?])[] = [
  ["POST", "/contacts", { handles: [{ source: "email", handle: "bob@fbi.example" }], list_names: ["Sheriffs", "New"] }],
  ["PATCH", "/contacts/crd_1", { description: "Special agent", custom_fields: { Location: "Room 315" } }],
  ["PATCH", "/contacts/crd_1", avatar()],
  ["POST", "/contacts/crd_2/handles", { source: "email", handle: "laura@fbi.example" }],
  ["DELETE", "/contacts/crd_1/handles", { source: "phone", handle: "+13605550123" }],
  ["POST", "/contacts/crd_1/notes", { author_id: "tea_1a", body: "Likes coffee" }],
  ["POST", "/contact_lists", { name: "Suspects" }],
  ["POST", "/teams/tim_1b/contact_lists", { name: "Deputies" }],
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

const BEHAVIORS: readonly Partial<EmulatorOptions>[] = [
  {},
  { behavior: { linkMoves: false, listChangesSetUpdatedAt: false } },
];

test.each(sample(BEHAVIORS, 2))("a killed emulator loses no change that it confirmed to a client, with %j", (options) =>
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

/** Returns the path of the state file of an emulator that is killed after a change. */
async function killAfterChange(kill: () => Promise<string>, state: string): Promise<string> {
  let killed = "";
  await withFront({ state }, async (front) => {
    await front.contact("dale@fbi.example");
    killed = await kill();
  });
  return killed;
}

test("the emulator ignores a change that was not written completely", () =>
  withState(async (state, { kill }) => {
    const killed = await killAfterChange(kill, state);
    await appendFile(`${killed}.changes`, '{"contacts":{"crd_1000":nul');
    expect((await readSeedFile(killed)).contacts).toHaveLength(1);
  }));

test("the emulator ignores changes that the state file already contains", () =>
  withState(async (state, { kill }) => {
    const killed = await killAfterChange(kill, state);
    const finalState = await readFile(state, "utf8");
    const hash = createHash("sha256").update(finalState).digest("hex");
    // The emulator was killed after it replaced the state file and before it removed the changes.
    await appendFile(`${killed}.changes`, `${JSON.stringify({ end: hash })}\n`);
    expect((await readSeedFile(killed)).contacts).toHaveLength(1);
    await writeFile(killed, finalState);
    expect(await stateAfterRestart(killed)).toEqual(JSON.parse(finalState));
  }));

test.each([
  [
    "to another version of the state file",
    (killed: string) => appendFile(killed, " "),
    "contains changes to another version",
  ],
  [
    "that are damaged",
    (killed: string) => appendFile(`${killed}.changes`, "{\n"),
    "without the changes in the deleted file",
  ],
])("the emulator rejects changes %s and removes neither file", (_, damage, message) =>
  withState(async (state, { kill, directory }) => {
    const killed = await killAfterChange(kill, state);
    await damage(killed);
    await expect(startEmulator({ state: killed })).rejects.toThrow(message);
    expect(await readdir(directory)).toEqual([STATE, CHANGES]);
  }),
);

test("the emulator updates the state file when the changes are larger than the state file and larger than 1 MB", () =>
  withState(async (state) => {
    await withFront({ state }, async (front) => {
      const id = await front.contact("dale@fbi.example");
      for (let count = 0; count < 12; count += 1) {
        await front.call("PATCH", `/contacts/${id}`, { description: `${count}${"x".repeat(100_000)}` });
      }
      expect((await readFile(`${state}.changes`, "utf8").catch(() => "")).length).toBeLessThan(1_000_000);
      expect((await readSeedFile(state)).contacts?.[0]?.description).toMatch(/^11x/);
    });
  }));

onlyInFull(test)("the emulator updates the state file some time after the last change", () =>
  withState(async (state) => {
    await withFront({ state }, async (front) => {
      await front.contact("dale@fbi.example");
      while ((await readdir(dirname(state))).includes(CHANGES)) await sleep(20);
      expect(JSON.parse(await readFile(state, "utf8")).contacts).toHaveLength(1);
      await front.contact("laura@palmer.example");
      expect((await readSeedFile(state)).contacts).toHaveLength(2);
    });
  }),
);

test("the emulator writes files that only their owner can read, and saves all changes in the state file at the end", () =>
  withState(async (state) => {
    await withFront({ state }, async (front) => {
      await front.contact("dale@fbi.example");
      expect((await stat(`${state}.changes`)).mode & 0o777).toBe(0o600);
    });
    expect(await readdir(dirname(state))).toEqual([STATE]);
    expect(JSON.parse(await readFile(state, "utf8")).contacts).toHaveLength(1);
    expect((await stat(state)).mode & 0o777).toBe(0o600);
  }));

test("the emulator continues from the state file and ignores the seed", () =>
  withState(async (state) => {
    const seed = { contacts: [{ id: "crd_9", handles: ["email:seeded@x.example"] }] };
    let before: unknown;
    await withFront({ state, seed }, async (front) => {
      await front.contact("dale@fbi.example", { name: "Dale", list_names: ["FBI"] });
      await front.call("DELETE", "/contacts/crd_9");
      before = await front.get("/contacts");
    });
    await withFront({ state, seed }, async (front) => {
      expect(await front.get("/contacts")).toEqual(before);
    });
  }));

test("the emulator accepts page tokens that were created before a restart", () =>
  withState(async (state) => {
    let token: string | null = null;
    await withFront({ state }, async (front) => {
      for (const letter of ["a", "b", "c"]) await front.contact(`${letter}@x.example`);
      const body = await front.get("/contacts?limit=2&sort_order=asc");
      token = new URL(body._pagination.next).searchParams.get("page_token");
    });
    await withFront({ state }, async (front) => {
      const body = await front.get(`/contacts?page_token=${token}`);
      expect(body._results.map((contact: { handles: { handle: string }[] }) => contact.handles[0]?.handle)).toEqual([
        "c@x.example",
      ]);
    });
  }));

test("the emulator saves concurrent changes", () =>
  withState(async (state) => {
    await withFront({ state }, async (front) => {
      const creations = Array.from({ length: 40 }, (_, index) => front.contact(`${index}@x.example`));
      await Promise.all(creations);
      expect((await readSeedFile(state)).contacts).toHaveLength(40);
    });
  }));

test.each([
  ["{", "front.json:1:2: Invalid JSON"],
  ["[x]", "front.json:1:2: Invalid JSON (Unexpected token 'x')"],
  ["contacts:\n  a: {}", "front.json:1:1: Invalid JSON (Unexpected token 'c')"],
  ['{\n"lists": [true, "a}", tru], "contacts": []}', "front.json:2:26: Invalid JSON (Unexpected token ']'"],
  ['{"lists": [\n"a"', "front.json:2:4: Invalid JSON"],
  ["", "front.json:1:1: Invalid JSON (Unexpected end of JSON input)"],
  ["[]", "The seed must be an object"],
  ['{"contact":[]}', 'unknown key "contact"'],
])("the emulator reports the error in the state file %s", (text, sentence) =>
  withState(async (state) => {
    await writeFile(state, text);
    await expect(startEmulator({ state })).rejects.toThrow(sentence);
    expect(await readFile(state, "utf8")).toBe(text);
  }),
);

test("the emulator fails to start if the state file is not writable", async () => {
  await expect(startEmulator({ state: "/nonexistent/front.json" })).rejects.toThrow(
    'Cannot write "/nonexistent/front.json" (ENOENT)',
  );
});

test("readSeedFile reports a missing seed file", async () => {
  await expect(readSeedFile("/nonexistent/seed.json")).rejects.toThrow('Cannot read "/nonexistent/seed.json" (ENOENT)');
});

test("an emulator rejects changes after another emulator has started with its state file", () =>
  withState(async (state) => {
    const first = await startEmulator({ state });
    const create = (email: string) =>
      first.asTeammate("POST", "/contacts", { handles: [{ source: "email", handle: email }] });
    await create("first@x.example");
    await withFront({ state }, async (second) => {
      await second.contact("second@x.example");
      await expect(create("rejected@x.example")).rejects.toThrow("was changed by another program");
      await expect(first.close()).rejects.toThrow("was changed by another program");
    });
    expect((await readSeedFile(state)).contacts).toHaveLength(2);
  }));

test("an emulator without unsaved changes can be closed after another has started with its state file", () =>
  withState(async (state) => {
    const first = await startEmulator({ state });
    await first.asTeammate("POST", "/contacts", { handles: [{ source: "email", handle: "first@x.example" }] });
    await withFront({ state }, async (second) => {
      await second.contact("second@x.example");
      await first.close();
    });
    expect((await readSeedFile(state)).contacts).toHaveLength(2);
  }));

test("an emulator whose port is in use does not write the state file", () =>
  withState((state) =>
    withFront({ state }, async (first) => {
      await first.contact("first@x.example");
      const port = Number(new URL(first.emulator.url).port);
      await expect(startEmulator({ state, port })).rejects.toThrow("EADDRINUSE");
      await first.contact("second@x.example");
      expect((await readSeedFile(state)).contacts).toHaveLength(2);
    }),
  ));
