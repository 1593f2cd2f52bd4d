import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Sandbox } from "./support/sandbox.ts";

const POLICIES = new URL("../docs/policies", import.meta.url).pathname;
const FIELDS = ["Tier", "Account Owner"].map((name) => ({ name, type: "string" as const }));

/** Contacts in Front. Each is on the lists VIP and Agents, and has a second handle, a tier and an owner. */
const PEOPLE = Array.from({ length: 12 }, (_, index) => ({
  id: `crd_p${index}`,
  name: `P${index}`,
  lists: ["VIP", "Agents"],
  handles: [`email:p${index}@x.example`, `custom:${index}`],
  custom_fields: { Tier: "free", "Account Owner": "ann" },
}));
const SEED = { custom_fields: FIELDS, lists: [{ name: "VIP" }, { name: "Agents" }], contacts: PEOPLE };

function entryText(index: number, properties: string, otherHandles = ""): string {
  return `  p${index}:\n    handles: [{ source: email, handle: p${index}@x.example }${otherHandles}]\n${properties && `    ${properties}\n`}`;
}

function entriesText(count: number, properties: string): string {
  return Array.from({ length: count }, (_, index) => entryText(index, properties)).join("");
}

const MERGE = "merge: true\n    id: crd_p3";

/** For each policy, entries whose plan violates the policy, and entries with a similar plan that complies. */
const CASES: Record<
  string,
  { readonly violating: string; readonly violations: readonly string[]; readonly compliant: string }
> = {
  vip: {
    violating:
      entryText(0, "lists: [Agents]\n    exact: [lists]") +
      entryText(1, "ensure: absent") +
      entryText(2, "lists: [VIP]\n    exact: [lists]") +
      entryText(3, `${MERGE}\n    lists: [Agents]\n    exact: [lists]`, ", { source: custom, handle: '4' }"),
    violations: [
      "crd_p0 leaves the list VIP (front_contact.p0)",
      "crd_p1 leaves the list VIP (front_contact.p1)",
      "crd_p3 leaves the list VIP (front_contact.p3)",
    ],
    compliant:
      entryText(2, "lists: [VIP]\n    exact: [lists]") +
      entryText(3, "merge: true\n    id: crd_p4", ", { source: custom, handle: '4' }"),
  },
  tier: {
    violating: entriesText(11, "custom_fields: { Tier: pro }"),
    violations: ["The tier of 11 contacts changes; the maximum is 10"],
    compliant: entriesText(10, "custom_fields: { Tier: pro }") + entryText(11, "custom_fields: { Account Owner: bea }"),
  },
  handles: {
    violating:
      entryText(0, "exact: [handles]") +
      entryText(3, `${MERGE}\n    exact: [handles]`, ", { source: email, handle: p4@x.example }"),
    violations: [
      "front_contact.p0 loses the handle custom 0",
      "front_contact.p3 loses the handle custom 3",
      "front_contact.p3 loses the handle custom 4",
    ],
    compliant:
      entryText(1, "", ", { source: custom, handle: '2' }") + entryText(2, "") + entryText(3, "ensure: absent"),
  },
  owner: {
    violating:
      "  new:\n    handles: [{ source: custom, handle: new }]\n  empty:\n    handles: [{ source: custom, handle: empty }]\n    custom_fields: { Account Owner: '' }\n",
    violations: ["front_contact.new has no Account Owner", "front_contact.empty has no Account Owner"],
    compliant: "  new:\n    handles: [{ source: custom, handle: new }]\n    custom_fields: { Account Owner: ann }\n",
  },
};

/** Configurations that change a whole list, and the violations that the policy vip reports. */
const VIP_CASES: Record<string, { readonly contacts: string; readonly violations: readonly string[] }> = {
  "exact-members": {
    contacts: `${entriesText(10, "lists: [VIP]")}lists:\n  VIP: { members: exact }\n`,
    violations: ["crd_p10", "crd_p11"].map((id) => `${id} leaves the list VIP (front_contact_list.this["VIP"])`),
  },
  "deleted-list": {
    contacts: `${entryText(0, "")}lists:\n  VIP: { ensure: absent }\n`,
    violations: ['The list VIP is deleted (front_contact_list.this["VIP"])'],
  },
  "other-list": {
    contacts: `${entryText(0, "lists: [Agents]")}lists:\n  Agents: { members: exact }\n`,
    violations: [],
  },
};

let sandbox: Sandbox;
const plans: string[] = [];

function planPath(name: string): string {
  return join(sandbox.directory, `${name}.json`);
}

/** Plans entries in a file, and writes the plan with paths that begin with `contacts`. */
async function savePlan(name: string, file: string, contacts: string): Promise<void> {
  const directory = `of-${name}`;
  sandbox.write(`${directory}/${file}`, `contacts:\n${contacts}`);
  const options = "--allow-changes 99 --allow-removals 99 --allow-handle-moves";
  const { out, err, code } = await sandbox.run(`plan --json ${options} --contacts ${directory}/contacts`);
  expect({ code, err, errors: code === 0 ? [] : JSON.parse(out).diagnostics }).toEqual({
    code: 0,
    err: "",
    errors: [],
  });
  const json = JSON.stringify(JSON.parse(out), (key, value) =>
    key === "file" ? String(value).replace(`${directory}/`, "") : value,
  );
  writeFileSync(planPath(name), json);
  plans.push(planPath(name));
}

beforeAll(async () => {
  sandbox = await Sandbox.withFront({ seed: SEED });
  for (const [name, { violating, compliant }] of Object.entries(CASES)) {
    await savePlan(`${name}-violating`, "contacts/a.yaml", violating);
    await savePlan(`${name}-compliant`, "contacts/a.yaml", compliant);
  }
  for (const [name, { contacts }] of Object.entries(VIP_CASES)) await savePlan(name, "contacts/a.yaml", contacts);
  await savePlan("cleanup", "contacts/cleanup/a.yaml", CASES["handles"]?.violating ?? "");
});

afterAll(() => sandbox[Symbol.asyncDispose]());

const NAMES = readdirSync(POLICIES)
  .filter((file) => file.endsWith(".jq"))
  .map((file) => file.replace(/\.jq$/, ""));

test("every policy exists in both languages and has a test case", () => {
  const inRego = readdirSync(POLICIES).filter((file) => file.endsWith(".rego"));
  expect(inRego.map((file) => file.replace(/\.rego$/, ""))).toEqual(NAMES);
  expect(Object.keys(CASES).toSorted()).toEqual(NAMES);
});

type Evaluate = (policy: string, plan: string) => readonly string[];

/** The violations of each plan, for each policy that `jq` evaluated. */
const violationsInPlans = new Map<string, readonly (readonly string[])[]>();

/** Evaluates a policy for all plans at the first call, because starting jq takes most of the time. */
const jq: Evaluate = (policy, plan) => {
  if (!violationsInPlans.has(policy)) {
    const filter = `[${readFileSync(join(POLICIES, `${policy}.jq`), "utf8")}]`;
    const lines = linesOf(execFileSync("jq", ["--compact-output", filter, ...plans], { encoding: "utf8" }));
    expect(lines).toHaveLength(plans.length);
    violationsInPlans.set(
      policy,
      lines.map((line) => JSON.parse(line)),
    );
  }
  const violations = violationsInPlans.get(policy)?.[plans.indexOf(plan)];
  if (violations === undefined) throw new Error(`${plan} is not a plan of this test`);
  return violations;
};

const opa: Evaluate = (policy, plan) => {
  const file = join(POLICIES, `${policy}.rego`);
  const args = ["eval", "--format", "json", "--data", file, "--input", plan, "data.main.deny"];
  return JSON.parse(execFileSync("opa", args, { encoding: "utf8" })).result[0].expressions[0].value;
};

const conftest: Evaluate = (policy, plan) => {
  const args = ["test", "--output", "json", "--policy", join(POLICIES, `${policy}.rego`), plan];
  const [{ failures = [] }] = JSON.parse(spawnSync("conftest", args, { encoding: "utf8" }).stdout);
  return failures.map(({ msg }: { readonly msg: string }) => msg);
};

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--help"]).error === undefined;
}

/** Tests with jq always run. Tests with another program run only if that program is installed. */
const EVALUATORS: readonly (readonly [name: string, evaluate: Evaluate, isAvailable: boolean])[] = [
  ["jq", jq, true],
  ["opa", opa, isInstalled("opa")],
  ["conftest", conftest, isInstalled("conftest")],
];

for (const [evaluator, evaluate, isAvailable] of EVALUATORS) {
  (isAvailable ? describe : describe.skip)(`with ${evaluator},`, () => {
    test.each(NAMES)("the policy %s reports each violation, and nothing for a similar plan that complies", (name) => {
      const expected = CASES[name]?.violations ?? [];
      expect([...evaluate(name, planPath(`${name}-violating`))].toSorted()).toEqual([...expected].toSorted());
      expect(evaluate(name, planPath(`${name}-compliant`))).toEqual([]);
    });

    test.each(Object.entries(VIP_CASES))(
      "the policy vip checks changes to a whole list: %s",
      (name, { violations }) => {
        expect(evaluate("vip", planPath(name)).toSorted()).toEqual(violations.toSorted());
      },
    );

    test("the policy handles allows removals in the directory contacts/cleanup", () => {
      expect(evaluate("handles", planPath("cleanup"))).toEqual([]);
    });
  });
}

test("check.sh fails and prints the violations of all policies, and prints nothing if there are none", () => {
  const run = (plan: string) => {
    const policies = NAMES.map((name) => join(POLICIES, `${name}.jq`));
    const { status, stdout, stderr } = spawnSync("sh", [join(POLICIES, "check.sh"), planPath(plan), ...policies], {
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  expect(run("owner-violating")).toEqual({
    status: 1,
    stdout: "front_contact.new has no Account Owner\nfront_contact.empty has no Account Owner\n",
    stderr: "",
  });
  expect(run("owner-compliant")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(run("missing").status).not.toBe(0);
});

test.each([
  ["an empty file", ""],
  [
    "the JSON of a plan with errors",
    '{ "front_contacts": { "version": "0.1.0" }, "resource_changes": [], "errored": true }',
  ],
])("check.sh fails for %s", (_, text) => {
  const plan = planPath("no-plan");
  writeFileSync(plan, text);
  const result = spawnSync("sh", [join(POLICIES, "check.sh"), plan, join(POLICIES, "vip.jq")], { encoding: "utf8" });
  expect(result).toMatchObject({
    status: 1,
    stdout: "",
    stderr: `${plan} does not contain a plan, or the configuration has errors. Fix the errors, and create the file with 'front-contacts plan --json'.\n`,
  });
});

describe.each(["sh", "bash"])("in %s, check.sh", (shell) => {
  const check = (...policies: readonly string[]) =>
    spawnSync(shell, [join(POLICIES, "check.sh"), planPath("owner-compliant"), ...policies], { encoding: "utf8" });

  test("fails if a policy before the last one is invalid", () => {
    const invalid = planPath("invalid-policy");
    writeFileSync(invalid, "error(");
    const { status, stderr } = check(invalid, join(POLICIES, "vip.jq"));
    expect(status).not.toBe(0);
    expect(stderr).toContain("jq: 1 compile error");
  });

  test("fails without policies, and without arguments", () => {
    const failure = { status: 1, stderr: "Specify a plan and at least one policy: check.sh PLAN POLICY.jq…\n" };
    expect(check()).toMatchObject(failure);
    expect(spawnSync(shell, [join(POLICIES, "check.sh")], { encoding: "utf8" })).toMatchObject(failure);
  });
});

test("docs/policies.md contains two policies in full, and refers to every file", () => {
  const page = readFileSync(new URL("../docs/policies.md", import.meta.url), "utf8");
  for (const file of ["vip.jq", "owner.rego"]) {
    expect(page).toContain(readFileSync(join(POLICIES, file), "utf8"));
  }
  for (const file of readdirSync(POLICIES)) expect(page).toContain(`policies/${file}`);
});
