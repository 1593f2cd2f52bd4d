import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type EmulatorOptions, SCOPES, type Seed } from "../../src/emulator/index.ts";
import { FULL_PAGES, startEmulator } from "../support/emulator.ts";
import { git, initRepository } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

const PERSON = {
  name: "Dale",
  custom_fields: { Location: "Twin Peaks", Supervisor: "harry@sheriff.twinpeaks.example" },
};

/** Returns a company in which every third contact belongs to an account. */
function companyOf(count: number): Seed {
  const contacts = Array.from({ length: count }, (_, index) => ({
    ...PERSON,
    id: `crd_${(index + 1296).toString(36)}`,
    handles: [`email:c${index}@x.example`],
    lists: index % 2 === 0 ? ["VIP"] : [],
  }));
  const members = contacts.filter((_, index) => index % 3 === 0).map(({ id }) => id);
  return { contacts, lists: ["VIP", "Empty"], accounts: [{ id: "acc_1", name: "FBI", contacts: members }] };
}

async function withCompany(
  options: EmulatorOptions,
  run: (sandbox: Sandbox, path: string, read: () => Seed) => Promise<void>,
): Promise<void> {
  await using sandbox = await Sandbox.withFront(options);
  const path = join(sandbox.directory, "company.json");
  await run(sandbox, path, () => JSON.parse(readFileSync(path, "utf8")));
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function countContactPages(sandbox: Sandbox): number {
  return sandbox.front.requests.filter(({ path }) => path === "/contacts").length;
}

test("snapshot writes the whole company to a file that only its owner can read, with GET requests only", () =>
  withCompany({ seed: companyOf(250) }, async (sandbox, path, read) => {
    const { code, out, err } = await sandbox.run("snapshot company.json");
    expect([code, err]).toEqual([0, expect.stringContaining("Read 250 contacts")]);
    expect(out).toContain(
      "Wrote company.json: 250 contacts, 2 lists, 8 custom fields, 1 account, 4 teammates, 1 inbox of Twin Peaks Sheriff's Department (cmp_tp1).",
    );
    expect(out).toContain("front-contacts emulator --seed company.json -- front-contacts plan");
    expect(modeOf(path)).toBe("600");
    expect(sandbox.files(".")).toEqual(["company.json"]);
    expect(new Set(sandbox.front.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
    const { contacts = [], accounts = [] } = read();
    expect([contacts.length, accounts[0]?.contacts?.length]).toEqual([250, 84]);
  }));

test("snapshot does not exceed the rate limit", () =>
  withCompany({ seed: companyOf(900), rate: 12, window: 400 }, async (sandbox) => {
    await sandbox.succeed("snapshot company.json");
    expect(new Set(sandbox.front.requests.map(({ status }) => status))).toEqual(new Set([200]));
  }));

test("snapshot prints the summary as JSON", () =>
  withCompany({ seed: companyOf(2) }, async (sandbox, path) => {
    const out = await sandbox.succeed("snapshot company.json --json");
    expect(JSON.parse(out)).toEqual({
      file: "company.json",
      company: { id: "cmp_tp1", name: "Twin Peaks Sheriff's Department" },
      contacts: 2,
      lists: 2,
      accounts: 1,
      teammates: 4,
      inboxes: 1,
      avatars: 0,
      custom_fields: 8,
      left_out: { items: [], account_properties: [], unlisted_members: [] },
      not_permitted: [],
      requests: sandbox.front.requests.length,
      bytes: statSync(path).size,
    });
  }));

test("snapshot warns about contacts with an invalid ID", () => {
  const contactWithInvalidId = { handles: ["email:odd@x.example"], shown_as: { id: "contact-7" } };
  return withCompany(
    { seed: { ...companyOf(2), contacts: [...(companyOf(2).contacts ?? []), contactWithInvalidId] } },
    async (sandbox, _, read) => {
      const { code, err, out } = await sandbox.run("snapshot company.json");
      expect([code, out]).toEqual([0, expect.stringContaining("2 contacts")]);
      expect(err).toContain(
        'Warning: The snapshot omits items of the listing "contacts", usually because their IDs are invalid: contact-7.',
      );
      expect(read().contacts).toHaveLength(2);
    },
  );
});

test("snapshot omits data that the token cannot read, with a warning", () =>
  withCompany({ seed: companyOf(3), scopes: ["contacts:read", "custom_fields:read"] }, async (sandbox, _, read) => {
    const { code, err } = await sandbox.run("snapshot company.json");
    expect(code).toBe(0);
    for (const scope of ["accounts:read", "teammates:read", "inboxes:read"]) expect(err).toContain(`(scope ${scope})`);
    expect(err).toContain("of the teammates, the snapshot contains only those in custom fields of contacts");
    const seed = read();
    expect([seed.accounts, seed.inboxes]).toEqual([[], []]);
    await using copy = await startEmulator({ seed });
    const fields = { custom_fields: { ...PERSON.custom_fields, Location: "Elsewhere" } };
    expect((await copy.asTeammate("PATCH", "/contacts/alt:email:c1@x.example", fields)).status).toBe(204);
  }));

test("snapshot names a required scope that is missing", () =>
  withCompany({ scopes: SCOPES.filter((scope) => scope !== "contacts:read") }, async (sandbox) => {
    expect(await sandbox.fail("snapshot company.json")).toContain("contacts:read");
  }));

test("snapshot rejects a file that git would commit, and accepts an ignored file", () =>
  withCompany({ seed: companyOf(1) }, async (sandbox) => {
    const run = (command: string) => sandbox.run(command, { env: { PATH: process.env["PATH"] ?? "" } });
    initRepository(sandbox);
    const rejection = await run("snapshot company.json");
    expect(rejection).toMatchObject({ code: 1, out: "" });
    expect(rejection.err).toContain('company.json" is not ignored by git');
    expect(rejection.err).toContain(`echo '/company.json*' >> ${join(sandbox.directory, ".gitignore")}`);
    expect(sandbox.front.requests).toEqual([]);
    sandbox.write(".gitignore", "/company.json\n");
    const partialRejection = await run("snapshot company.json");
    expect(partialRejection.err).toContain('company.json.partial" is not ignored by git');
    sandbox.write(".gitignore", "/company.json*\nprivate/\n");
    expect((await run("snapshot company.json")).code).toBe(0);
    sandbox.write("private/keep", "");
    expect((await run("snapshot private/other.json")).code).toBe(0);
    git(sandbox, "add", "--force", "company.json");
    expect((await run("snapshot company.json")).err).toContain("is not ignored by git");
  }));

test("snapshot replaces an earlier snapshot, but no other file", () =>
  withCompany({ seed: companyOf(1) }, async (sandbox, path) => {
    sandbox.write("company.json", '{"mine": true}\n');
    expect(await sandbox.fail("snapshot company.json")).toContain('"company.json" exists and is not a snapshot');
    expect(readFileSync(path, "utf8")).toBe('{"mine": true}\n');
    writeFileSync(path, "");
    await sandbox.fail("snapshot company.json");
    await sandbox.succeed("snapshot second.json");
    await sandbox.front.asTeammate("POST", "/contacts", { handles: [{ source: "email", handle: "new@x.example" }] });
    await sandbox.succeed("snapshot second.json");
    expect(JSON.parse(sandbox.read("second.json")).contacts).toHaveLength(2);
    await sandbox.fail("snapshot contacts.yaml");
  }));

async function runInterrupted(sandbox: Sandbox, interrupt: AbortController): Promise<string> {
  const { code, out, err } = await sandbox.run("snapshot company.json", { signal: interrupt.signal });
  expect([code, out]).toEqual([1, ""]);
  return err;
}

/** Returns an abort controller, and an emulator option that aborts it at the request for the nth page of contacts. */
function createInterrupt(nth: number) {
  const interrupt = new AbortController();
  let pages = 0;
  const onRequest: NonNullable<EmulatorOptions["onRequest"]> = ({ path }) => {
    if (path === "/contacts") pages += 1;
    if (pages === nth) interrupt.abort();
  };
  return { interrupt, onRequest };
}

test("snapshot continues an interrupted snapshot where it stopped", () => {
  const { interrupt, onRequest } = createInterrupt(3);
  return withCompany({ seed: companyOf(450), onRequest, behavior: FULL_PAGES }, async (sandbox, path, read) => {
    const err = await runInterrupted(sandbox, interrupt);
    expect(err).toContain("Snapshot interrupted. Run the same command again to continue from company.json.partial.\n");
    expect([existsSync(path), modeOf(`${path}.partial`)]).toEqual([false, "600"]);
    const before = countContactPages(sandbox);
    const second = await sandbox.run("snapshot company.json");
    expect([second.code, second.err]).toEqual([0, expect.stringContaining("300 contacts were already read.")]);
    expect(countContactPages(sandbox) - before).toBe(2);
    expect(new Set(read().contacts?.map(({ id }) => id)).size).toBe(450);
    expect(sandbox.files(".")).toEqual(["company.json"]);
  });
});

test("snapshot restarts a listing if its page token has expired", () => {
  const { interrupt, onRequest } = createInterrupt(3);
  return withCompany({ seed: companyOf(450), onRequest, behavior: FULL_PAGES }, async (sandbox, _, read) => {
    await runInterrupted(sandbox, interrupt);
    const before = countContactPages(sandbox);
    sandbox.front.faults = [{ kind: "status", status: 400, path: "/contacts", nth: 1 }];
    await sandbox.succeed("snapshot company.json");
    expect(countContactPages(sandbox) - before).toBe(6);
    expect(read().contacts?.map(({ id }) => id)).toEqual(companyOf(450).contacts?.map(({ id }) => id));
  });
});

test("snapshot ignores a line of the partial snapshot that a crash truncated", () => {
  const { interrupt, onRequest } = createInterrupt(3);
  return withCompany({ seed: companyOf(450), onRequest }, async (sandbox, path, read) => {
    await runInterrupted(sandbox, interrupt);
    appendFileSync(`${path}.partial`, '{"listing":"contacts","items":[{"id":"crd_');
    await sandbox.succeed("snapshot company.json");
    expect(read().contacts).toHaveLength(450);
  });
});

test("snapshot starts over if the interrupted snapshot is more than a day old", () => {
  const { interrupt, onRequest } = createInterrupt(3);
  return withCompany({ seed: companyOf(250), onRequest, behavior: FULL_PAGES }, async (sandbox, path, read) => {
    await runInterrupted(sandbox, interrupt);
    const partial = readFileSync(`${path}.partial`, "utf8");
    writeFileSync(`${path}.partial`, partial.replace(/"startedAt":"\d{4}/, '"startedAt":"2020'));
    const before = countContactPages(sandbox);
    await sandbox.succeed("snapshot company.json");
    expect(countContactPages(sandbox) - before).toBe(3);
    expect(read().contacts).toHaveLength(250);
  });
});

test("snapshot does not continue a snapshot of another company or a file that is not a snapshot", () => {
  const { interrupt, onRequest } = createInterrupt(2);
  return withCompany({ seed: companyOf(250), onRequest, behavior: FULL_PAGES }, async (sandbox, path) => {
    await runInterrupted(sandbox, interrupt);
    const partial = readFileSync(`${path}.partial`, "utf8");
    writeFileSync(`${path}.partial`, partial.replace('"cmp_tp1"', '"cmp_other"'));
    const otherCompany = await sandbox.fail("snapshot company.json");
    expect(otherCompany).toContain('is for company "cmp_other"');
    expect(otherCompany).toContain('Use a token of "cmp_other"');
    writeFileSync(`${path}.partial`, "notes of mine\n");
    expect(await sandbox.fail("snapshot company.json")).toContain("is not a partial snapshot");
    expect(readFileSync(`${path}.partial`, "utf8")).toBe("notes of mine\n");
  });
});

test("snapshot copies avatars with --avatars, and skips a missing avatar", () => {
  const base64 = Buffer.from("89504e470d0a1a0a", "hex").toString("base64");
  const picture = (id: string) => `https://acme.api.frontapp.com/contacts/${id}/avatar-1700000000000`;
  const contacts = [
    { id: "crd_1", handles: ["custom:1"], avatar: { url: picture("crd_1"), type: "image/png", base64 } },
    { id: "crd_2", handles: ["custom:2"], avatar: { url: picture("crd_2") } },
  ];
  const seed = { snapshot: { format: 1, taken_at: "now" }, contacts };
  return withCompany({ seed }, async (sandbox, _, read) => {
    expect(await sandbox.succeed("snapshot company.json --avatars")).toContain("1 avatar ");
    expect(read().contacts?.map(({ avatar }) => avatar)).toEqual(contacts.map(({ avatar }) => avatar));
  });
});

test("snapshot copies contacts with an unexpected shape unchanged", () => {
  const contacts = [
    { id: "crd_1", handles: ["custom:1"], shown_as: { links: null, vip: { level: 3 } } },
    { id: "crd_2", shown_as: { handles: "none", custom_fields: 7 } },
  ];
  const seed = { snapshot: { format: 1, taken_at: "now" }, contacts } as unknown as Seed;
  return withCompany({ seed }, async (sandbox, _, read) => {
    await sandbox.succeed("snapshot company.json");
    await using copy = await startEmulator({ seed: read() });
    const [copied, original] = [
      await copy.asTeammate("GET", "/contacts"),
      await sandbox.front.asTeammate("GET", "/contacts"),
    ];
    expect(copied.body._results).toEqual(original.body._results);
  });
});

test("an apply to an emulator with the snapshot does not change the original company", () =>
  withCompany({ seed: companyOf(3) }, async (sandbox) => {
    sandbox.write(
      "contacts/c1.yaml",
      "contacts:\n  c1:\n    name: Somebody else\n    handles: [{ source: email, handle: c1@x.example }]\n",
    );
    await sandbox.succeed("snapshot company.json");
    const requestsBefore = sandbox.front.requests.length;
    const seed = JSON.parse(sandbox.read("company.json"));
    await using copy = await startEmulator({ seed });
    const env = { FRONT_API_URL: copy.url, FRONT_API_TOKEN: copy.token };
    expect(await sandbox.succeed("apply --auto-approve", { env })).toContain("0 added, 1 changed, 0 destroyed");
    expect((await copy.asTeammate("GET", "/contacts/alt:email:c1@x.example")).body.name).toBe("Somebody else");
    expect((await sandbox.get("/contacts/alt:email:c1@x.example")).name).toBe("Dale");
    expect(sandbox.front.requests).toHaveLength(requestsBefore);
  }));
