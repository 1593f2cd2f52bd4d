import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale.cooper@fbi.example }
    custom_fields:
      Job Title: FBI Special Agent
`;

const CONTACT = "/contacts/alt:email:dale.cooper%40fbi.example";

test("plan shows a new contact with its location and all its attributes", async () => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE).run("plan");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe(`
Front company: Twin Peaks Sheriff's Department (cmp_tp1)

front-contacts will perform the following actions:
  + create

  # front_contact.dale-cooper will be created
  # contacts/dale.yaml:2
  + front_contact "dale-cooper" {
      + name          = "Dale Cooper"
      + handles       = [
          + email "dale.cooper@fbi.example"
        ]
      + custom_fields = {
          + "Job Title" = "FBI Special Agent"
        }
    }

Plan: 1 to add, 0 to change, 0 to destroy.
Requests: 2 to apply this plan (1 create-contact, 1 verification), about 1 s. Read all 0 contacts in Front.
`);
});

test("plan shows a changed custom field as one update, and counts unmanaged values", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).run("apply --auto-approve");
  const custom_fields = { "Job Title": "FBI Special Agent", Location: "Twin Peaks", "On Duty": true };
  await sandbox.front.asTeammate("PATCH", CONTACT, { custom_fields, description: "Likes coffee." });
  await sandbox.front.asTeammate("POST", `${CONTACT}/handles`, { source: "twitter", handle: "coop" });
  const { id } = await sandbox.get(CONTACT);
  const out = await sandbox.write("contacts/dale.yaml", DALE.replace("FBI Special Agent", "Sheriff")).succeed("plan");
  expect(out).toContain(`
  # front_contact.dale-cooper will be updated in-place
  # contacts/dale.yaml:2
  ~ front_contact "dale-cooper" {
        id            = "${id}"
        name          = "Dale Cooper"
      ~ custom_fields = {
          ~ "Job Title" = "FBI Special Agent" -> "Sheriff" # changed in the configuration
        }
        # unmanaged and unchanged: 1 handle, 2 custom fields
    }

Plan: 0 to add, 1 to change, 0 to destroy.
`);
});

test("plan shows changes to multi-line text line by line", async () => {
  await using sandbox = await Sandbox.withFront();
  const withDescription = (lines: string) => DALE.replace("    handles", `    description: |\n${lines}    handles`);
  await sandbox
    .write("contacts/dale.yaml", withDescription("      Agent.\n      Coffee.\n"))
    .run("apply --auto-approve");
  const out = await sandbox
    .write("contacts/dale.yaml", withDescription("      Agent.\n      Cherry pie.\n"))
    .succeed("plan");
  expect(out).toContain(`
      ~ description   = << # changed in the configuration
            Agent.
          - Coffee.
          + Cherry pie.
        >>
    }
`);
});

test.each(["plan", "apply --dry-run"])("%s sends only GET requests", async (command) => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).run(command);
  expect(sandbox.writes).toEqual([]);
});

test("plan reports no changes, and exits with 0 even with --detailed-exitcode", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).run("apply --auto-approve");
  expect(await sandbox.succeed("plan --detailed-exitcode")).toBe("\nNo changes. Front matches the configuration.\n");
});

test.each([
  ["an unknown custom field", "Job Title:", "Job title:", "dale.yaml:7:7", /Did you mean "Job Title"\?/],
  [
    "a list that does not exist",
    "    custom_fields",
    "    lists: [VIP]\n    custom_fields",
    "dale.yaml:6:13",
    /add it under the top-level key lists/,
  ],
])("plan reports %s at its location, with advice, and shows no changes", async (_, from, to, location, advice) => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE.replace(from, to)).run("plan");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(`on contacts/${location}`);
  expect(err).toMatch(advice);
});

test("plan rejects a token for a company other than settings.company, without reading contacts", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.yaml", `${DALE}settings: { company: cmp_other }\n`);
  expect(await sandbox.fail("plan")).toContain('for company "cmp_other", but the token belongs to "cmp_tp1"');
  expect(sandbox.front.requests.map(({ path }) => path)).toEqual(["/me"]);
});

test.each(["plan", "plan --json", "apply --auto-approve"])(
  "%s without a token names the variable to set, and a command that needs no token",
  async (command) => {
    await using sandbox = Sandbox.withoutFront();
    const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE).run(command);
    expect(code).toBe(1);
    expect(command.includes("--json") ? JSON.parse(out).diagnostics[0].detail : `${out}${err}`).toMatch(
      /^ *Set FRONT_API_TOKEN\. [^\n\\]*: 'front-contacts emulator -- front-contacts plan'\.$/m,
    );
  },
);

test.each([
  ["a wrong token", { FRONT_API_TOKEN: "eyJhbGciOiJub25lIn0.e30.x" }, "Check FRONT_API_TOKEN"],
  ["a token with a line break", { FRONT_API_TOKEN: "eyJhbGciOi\nJub25lIn0" }, "Copy it again"],
  [
    "a URL of another host",
    { FRONT_API_URL: "https://front.example" },
    "The token must not be sent to https://front.example",
  ],
  ["Front's URL without https", { FRONT_API_URL: "http://api2.frontapp.com" }, "The token must not be sent to"],
  [
    "disabled verification of certificates",
    { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    "Unset NODE_TLS_REJECT_UNAUTHORIZED",
  ],
])("plan reports %s", async (_, env, message) => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE).run("plan", { env });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(message);
});

test("plan escapes untrusted names from Front", async () => {
  await using sandbox = await Sandbox.withFront();
  const handles = [{ source: "email", handle: "dale.cooper@fbi.example" }];
  await sandbox.front.asTeammate("POST", "/contacts", { name: "\u001b[2J##[error]\r\nNo changes.", handles });
  const out = await sandbox.write("contacts/dale.yaml", DALE).succeed("plan");
  expect(out).toContain('~ name          = "\\u{1b}[2J\\u{23}#[error]\\u{d}\\nNo changes." -> "Dale Cooper"');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the output must not contain them
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("plan prints colors only if they are enabled", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE);
  expect(await sandbox.succeed("plan", { env: { FORCE_COLOR: "1" } })).toContain("\u001b[32m+\u001b[39m");
  expect(await sandbox.succeed("plan --no-color", { env: { FORCE_COLOR: "1" } })).not.toContain("\u001b");
  expect(await sandbox.succeed("plan", { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).not.toContain("\u001b");
  expect(await sandbox.succeed("plan", { columns: 80 })).toContain("\u001b[32m+\u001b[39m");
  for (const value of ["0", "false"]) {
    expect(await sandbox.succeed("plan", { columns: 80, env: { FORCE_COLOR: value } })).not.toContain("\u001b[32m");
  }
});

test.each(["text", "markdown"])("plan quotes and escapes names in %s", async (format) => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write(
    "contacts/a.yaml",
    `contacts: { hawk: { name: 'Tommy "Hawk" Hill \\', handles: [{ source: email, handle: hawk@sheriff.example }] } }\n`,
  );
  const out = await sandbox.succeed(`plan --format ${format} --no-mask`);
  expect(out).toContain('name          = "Tommy \\"Hawk\\" Hill \\\\"\n');
});

test("text and HTML show the date fields of a deleted contact as dates", async () => {
  const contacts = [
    {
      name: "Laura",
      handles: ["email:laura@palmer.example"],
      custom_fields: { Joined: 230256000, Seats: 230256000 },
    },
  ];
  const custom_fields = [
    { name: "Joined", type: "datetime" as const },
    { name: "Seats", type: "number" as const },
  ];
  await using sandbox = await Sandbox.withFront({ seed: { contacts, custom_fields } });
  sandbox.write(
    "contacts/a.yaml",
    `contacts:
  laura: { ensure: absent, handles: [{ source: email, handle: laura@palmer.example }] }
custom_fields: { Joined: { type: datetime }, Seats: { type: number } }
`,
  );
  const out = await sandbox.succeed("plan --allow-removals 1 --out plan.json");
  expect(out).toContain('- "Joined" = "1977-04-19" -> null');
  expect(out).toContain('- "Seats" = 230256000 -> null');
  expect(await sandbox.succeed("show plan.json --format html")).toContain("<del>1977-04-19</del>");
});

test("the Markdown row of an account contains its name if it is new, and its added and removed domains", async () => {
  await using sandbox = await Sandbox.withFront({
    seed: { accounts: [{ name: "FBI", domains: ["fbi.example", "old.example"] }] },
  });
  sandbox.write(
    "contacts/accounts.yaml",
    `accounts:
  fbi: { domains: [fbi.example, new.example], exact: [domains] }
  lodge: { name: Black Lodge, domains: [lodge.example] }
`,
  );
  const out = await sandbox.succeed("plan --format markdown");
  expect(out).toContain("| `Black Lodge` `front_account.lodge` | create | domain `lodge.example` added |");
  expect(out).toContain("| `front_account.fbi` | update | domain `old.example` removed, domain `new.example` added |");
});

const NOT_SAVED = "This plan is not saved, so 'front-contacts apply' may perform other actions.";

test.each([
  ["in a terminal", "plan", "states", { columns: 200 }],
  ["without a terminal", "plan", "does not state", {}],
  ["with TF_IN_AUTOMATION", "plan", "does not state", { columns: 200, env: { TF_IN_AUTOMATION: "1" } }],
  ["in a terminal", "plan --out plan.json", "does not state", { columns: 200 }],
  ["in a terminal", "plan --json", "does not state", { columns: 200 }],
  ["in a terminal", "apply --dry-run", "does not state", { columns: 200 }],
])("%s, %s %s that the plan is not saved", async (_, command, effect, options) => {
  await using sandbox = await Sandbox.withFront();
  const { err } = await sandbox.write("contacts/dale.yaml", DALE).run(command, options);
  expect(err.includes(NOT_SAVED)).toBe(effect === "states");
});
