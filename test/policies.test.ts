import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Sandbox } from "./support/sandbox.ts";

const POLICIES = new URL("../docs/policies", import.meta.url).pathname;
const FIELDS = ["Tier", "Account Owner"].map((name) => ({ name, type: "string" as const }));

/** Contacts in Front: all on VIP, with a second handle, a tier and an owner. */
const PEOPLE = Array.from({ length: 12 }, (_, index) => ({
  ...{
    id: `crd_p${index}`,
    name: `P${index}`,
    handles: [`email:p${index}@x.example`, `custom:${index}`],
    lists: ["VIP", "Agents"],
  },
  custom_fields: { Tier: "free", "Account Owner": "ann" },
}));
const SEED = { custom_fields: FIELDS, lists: [{ name: "VIP" }, { name: "Agents" }], contacts: PEOPLE };

function entry(index: number, properties: string, more = ""): string {
  return `  p${index}:\n    handles: [{ source: email, handle: p${index}@x.example }${more}]\n${properties && `    ${properties}\n`}`;
}

function entries(count: number, properties: string): string {
  return Array.from({ length: count }, (_, index) => entry(index, properties)).join("");
}

function addresses(count: number): string {
  return Array.from({ length: count }, (_, index) => `front_contact.p${index}`)
    .toSorted()
    .join(", ");
}

/** Files whose plan violates a policy, by policy, each with a similar file whose plan does not. */
const CASES: Record<
  string,
  { readonly bad: [file: string, text: string, violations: string[]]; readonly good: string }
> = {
  vip: {
    bad: [
      "contacts/a.yaml",
      entry(0, "lists: [Agents]\n    exact: [lists]") +
        entry(1, "ensure: absent") +
        entry(2, "lists: [VIP]\n    exact: [lists]"),
      ["front_contact.p0 leaves the list VIP", "front_contact.p1 leaves the list VIP"],
    ],
    good:
      entry(2, "lists: [VIP]\n    exact: [lists]") +
      entry(3, "merge: true\n    id: crd_p4", ", { source: custom, handle: '4' }"),
  },
  tier: {
    bad: [
      "contacts/a.yaml",
      entries(11, "custom_fields: { Tier: pro }"),
      [`The tier of 11 contacts changes; the maximum is 10: ${addresses(11)}`],
    ],
    good: entries(10, "custom_fields: { Tier: pro }") + entry(11, "custom_fields: { Account Owner: bea }"),
  },
  handles: {
    bad: ["contacts/a.yaml", entry(0, "exact: [handles]"), ["front_contact.p0 loses the handle custom 0"]],
    good: entry(1, "", ", { source: custom, handle: '2' }") + entry(2, ""),
  },
  owner: {
    bad: [
      "contacts/a.yaml",
      "  new:\n    handles: [{ source: custom, handle: new }]\n  empty:\n    handles: [{ source: custom, handle: empty }]\n    custom_fields: { Account Owner: '' }\n",
      ["front_contact.new has no Account Owner", "front_contact.empty has no Account Owner"],
    ],
    good: "  new:\n    handles: [{ source: custom, handle: new }]\n    custom_fields: { Account Owner: ann }\n",
  },
};

/** The plans of all cases as JSON files. */
class Plans implements AsyncDisposable {
  readonly #sandbox: Sandbox;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  static async create(): Promise<Plans> {
    return new Plans(await Sandbox.withFront({ seed: SEED }));
  }

  path(name: string): string {
    return join(this.#sandbox.directory, `${name}.json`);
  }

  async plan(name: string, file: string, contacts: string): Promise<void> {
    const directory = `of-${name}`;
    this.#sandbox.write(`${directory}/${file}`, `contacts:\n${contacts}`);
    const options = "--allow-changes 99 --allow-removals 99 --allow-handle-moves";
    const { out, err, code } = await this.#sandbox.run(`plan --json ${options} --contacts ${directory}/contacts`);
    expect({ code, err, errors: code === 0 ? [] : JSON.parse(out).diagnostics }).toEqual({
      code: 0,
      err: "",
      errors: [],
    });
    const here = JSON.stringify(JSON.parse(out), (key, value) =>
      key === "file" ? String(value).replace(`${directory}/`, "") : value,
    );
    writeFileSync(this.path(name), here);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sandbox[Symbol.asyncDispose]();
  }
}

let plans: Plans;

beforeAll(async () => {
  plans = await Plans.create();
  for (const [name, { bad, good }] of Object.entries(CASES)) {
    await plans.plan(`${name}-bad`, bad[0], bad[1]);
    await plans.plan(`${name}-good`, "contacts/a.yaml", good);
  }
  await plans.plan("cleanup", "contacts/cleanup/a.yaml", CASES["handles"]?.bad[1] ?? "");
});

afterAll(() => plans[Symbol.asyncDispose]());

const NAMES = readdirSync(POLICIES)
  .filter((file) => file.endsWith(".jq"))
  .map((file) => file.replace(/\.jq$/, ""));

test("every policy is written in both languages, and has a case", () => {
  const inRego = readdirSync(POLICIES).filter((file) => file.endsWith(".rego"));
  expect(inRego.map((file) => file.replace(/\.rego$/, ""))).toEqual(NAMES);
  expect(Object.keys(CASES).toSorted()).toEqual(NAMES);
});

type Evaluate = (policy: string, plan: string) => readonly string[];

const jq: Evaluate = (policy, plan) =>
  linesOf(
    execFileSync("jq", ["--raw-output", "--from-file", join(POLICIES, `${policy}.jq`), plan], { encoding: "utf8" }),
  );

const opa: Evaluate = (policy, plan) => {
  const file = join(POLICIES, `${policy}.rego`);
  const words = ["eval", "--format", "json", "--data", file, "--input", plan, "data.main.deny"];
  return JSON.parse(execFileSync("opa", words, { encoding: "utf8" })).result[0].expressions[0].value;
};

const conftest: Evaluate = (policy, plan) => {
  const words = ["test", "--output", "json", "--policy", join(POLICIES, `${policy}.rego`), plan];
  const [{ failures = [] }] = JSON.parse(spawnSync("conftest", words, { encoding: "utf8" }).stdout);
  return failures.map(({ msg }: { readonly msg: string }) => msg);
};

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--help"]).error === undefined;
}

/** Tests with jq always run, because every system has a package of it; the others run where they are installed. */
const EVALUATORS: readonly (readonly [name: string, evaluate: Evaluate, isAvailable: boolean])[] = [
  ["jq", jq, true],
  ["opa", opa, isInstalled("opa")],
  ["conftest", conftest, isInstalled("conftest")],
];

for (const [evaluator, evaluate, isAvailable] of EVALUATORS) {
  (isAvailable ? describe : describe.skip)(`with ${evaluator}`, () => {
    test.each(NAMES)("%s reports exactly its violations", (name) => {
      const expected = CASES[name]?.bad[2] ?? [];
      expect([...evaluate(name, plans.path(`${name}-bad`))].toSorted()).toEqual([...expected].toSorted());
      expect(evaluate(name, plans.path(`${name}-good`))).toEqual([]);
    });

    test("handles may be removed in the directory for cleanups", () => {
      expect(evaluate("handles", plans.path("cleanup"))).toEqual([]);
    });
  });
}

test("check.sh prints violations of all policies and fails, and is silent otherwise", () => {
  const run = (plan: string) => {
    const policies = NAMES.map((name) => join(POLICIES, `${name}.jq`));
    const { status, stdout, stderr } = spawnSync("sh", [join(POLICIES, "check.sh"), plans.path(plan), ...policies], {
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  expect(run("owner-bad")).toEqual({
    status: 1,
    stdout: "front_contact.new has no Account Owner\nfront_contact.empty has no Account Owner\n",
    stderr: "",
  });
  expect(run("owner-good")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(run("missing").status).not.toBe(0);
});

test("the page about policies contains the current policies", () => {
  const page = readFileSync(new URL("../docs/policies.md", import.meta.url), "utf8");
  for (const file of ["vip.jq", "owner.rego"]) {
    expect(page).toContain(readFileSync(join(POLICIES, file), "utf8"));
  }
  for (const file of readdirSync(POLICIES)) expect(page).toContain(`policies/${file}`);
});
