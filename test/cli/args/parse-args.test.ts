import { expect, test } from "@jest/globals";
import { COMMANDS, GLOBAL_OPTIONS } from "../../../cli/args/command-definitions.ts";
import { Outside } from "../../support/test-environment.ts";

test("help names every verb", async () => {
  await using outside = Outside.withoutFront();
  const { code, out, err } = await outside.run("--help");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  for (const verb of ["validate", "plan", "apply"]) expect(out).toContain(`front-contacts ${verb}`);
});

test.each(["validate", "plan", "apply"])("%s --help has examples", async (verb) => {
  await using outside = Outside.withoutFront();
  const { code, out } = await outside.run(`${verb} --help`);
  expect(code).toBe(0);
  expect(out).toContain("Examples:");
});

test("no words at all are help", async () => {
  await using outside = Outside.withoutFront();
  expect(await outside.run("")).toEqual(await outside.run("--help"));
});

test("the version is the package's", async () => {
  await using outside = Outside.withoutFront();
  expect((await outside.run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ["plna", /There is no verb plna\s+Did you mean front-contacts plan\?/],
  ["frobnicate", /There is no verb frobnicate\s+Run front-contacts --help/],
  ["apply --dry-rnu", /Unknown flag --dry-rnu\s+Did you mean --dry-run\?/],
  ["apply -auto-aprove", /Unknown flag --auto-aprove\s+Did you mean --auto-approve\?/],
  ["apply --auto-approve no", /no cannot be read/],
  ["apply --dry-run=yes", /--dry-run=yes is neither true nor false/],
  ["plan --detailed-exitcode=", /--detailed-exitcode= is neither true nor false/],
  ["plan --parallelism abc", /--parallelism needs a number/],
  ["plan --parallelism 0", /--parallelism needs a whole number/],
  ["plan --reserve 200%", /--reserve 200% is not a share/],
  ["plan --contacts", /contacts/],
  ["plan --max-requests=", /--max-requests needs a number/],
  ["plan --max-requests -1", /--max-requests/],
  ["plan --reserve -5%", /--reserve -5% is not a share/],
  ["show", /A word is missing behind the verb/],
  ["apply -- --dry-run", /--dry-run stands behind --, and is no flag there/],
  ["apply -- none.json", /none\.json cannot be read/],
  ["validate -- foo", /foo/],
  ["plan --out contacts/a.yaml", /contacts\/a\.yaml is named as files of contacts are/],
  ["plan --trace contacts/a.YML", /is named as files of contacts are/],
  ["schema --to contacts/a.yaml", /is named as files of contacts are/],
  ["plan --contacts a --contacts b", /--contacts is given more than once/],
])("%s is refused in a sentence", async (words, says) => {
  await using outside = await Outside.withFront();
  outside.write("contacts/a.yaml", "contacts: { a: { handles: [{ source: email, handle: a@x.example }] } }\n");
  const { code, out, err } = await outside.run(words);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(says);
  expect(err).not.toMatch(/^\s+at /m);
  expect(outside.front.requests).toEqual([]);
});

test("another directory than contacts can be named", async () => {
  await using outside = Outside.withoutFront();
  outside.write("people/a.yaml", "contacts: { a: { handles: [{ source: email, handle: a@x.example }] } }\n");
  expect(await outside.run("validate --contacts people")).toMatchObject({ code: 0 });
  const { code, err } = await outside.run("validate");
  expect(code).toBe(1);
  expect(err).toContain("contacts");
});

test.each([
  ["--json=true", true],
  ["--json=false", false],
  ["-json", true],
  ["-json=false", false],
])("a switch can be told what it is: %s", async (flag, json) => {
  await using outside = Outside.withoutFront();
  outside.write("contacts/a.yaml", "contacts: { a: { handles: [{ source: email, handle: a@x.example }] } }\n");
  const { code, out } = await outside.run(`validate ${flag}`);
  expect({ code, json: out.startsWith("{") }).toEqual({ code: 0, json });
});

test.each(COMMANDS.map(({ name, word, flags }) => [name, word, flags] as const))(
  "no flag of %s has the name of its word, for one would be taken for the other",
  (_, word, flags) => {
    expect(Object.keys({ ...GLOBAL_OPTIONS, ...flags })).not.toContain(word?.name);
  },
);
