import { expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Sandbox } from "../support/sandbox.ts";

const text = { type: "string", minLength: 1 };
const values = { type: ["object", "null"] };

/** The types of the structs `Plan`, `ResourceChange` and `Change` in HashiCorp's library terraform-json. */
const TERRAFORM_JSON = {
  type: "object",
  required: ["format_version", "terraform_version", "resource_changes"],
  properties: {
    // The library requires `>= 0.1, < 2.0`.
    format_version: { type: "string", pattern: "^(0\\.[1-9]|1\\.)\\d*$" },
    terraform_version: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+$" },
    complete: { type: "boolean" },
    timestamp: { type: "string", format: "date-time" },
    resource_changes: {
      type: "array",
      items: {
        type: "object",
        required: ["address", "mode", "type", "name", "provider_name", "change"],
        properties: {
          address: text,
          mode: { enum: ["managed", "data"] },
          type: text,
          name: text,
          index: { type: ["string", "integer"] },
          provider_name: text,
          change: {
            type: "object",
            required: ["actions", "before", "after", "after_unknown"],
            properties: {
              actions: { type: "array", items: { enum: ["create", "update", "delete"] }, minItems: 1, maxItems: 1 },
              before: values,
              after: values,
              after_unknown: { type: "object" },
              before_sensitive: { type: ["boolean", "object"] },
              after_sensitive: { type: ["boolean", "object"] },
            },
          },
        },
      },
    },
  },
};

/** The properties that terraform-unidiff requires in a plan. */
const TERRAFORM_UNIDIFF = {
  type: "object",
  required: ["format_version", "terraform_version", "resource_changes"],
  properties: {
    format_version: { type: "string" },
    terraform_version: { type: "string" },
    resource_changes: {
      type: "array",
      items: {
        type: "object",
        required: ["address", "change"],
        properties: {
          address: { type: "string" },
          change: { type: "object", required: ["actions", "before", "after"] },
        },
      },
    },
  },
};

const TOWN = `contacts:
  dale-cooper:
    name: Dale Cooper
    description: Special agent of the FBI.
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
  leo-johnson:
    name: Leo Johnson
    handles: [{ source: email, handle: leo@johnson.example }]
`;

const CHANGED_TOWN = `lists: ["The \\"Bookhouse\\" Boys"]
settings: { guards: { removals: 5 } }
contacts:
  dale-cooper:
    name: Special Agent Cooper
    description: Special agent of the FBI.
    groups: ["The \\"Bookhouse\\" Boys"]
    merge: true
    handles:
      - { source: email, handle: dale.cooper@fbi.example }
      - { source: email, handle: cooper@home.example }
  harry-truman:
    name: Harry S. Truman
    custom_fields: { Job Title: Sheriff }
    handles: [{ source: email, handle: harry@sheriff.example }]
  leo-johnson:
    ensure: absent
    handles: [{ source: email, handle: leo@johnson.example }]
`;

interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly index?: string;
  readonly change: { readonly actions: readonly string[]; readonly before: unknown; readonly after: unknown };
}

/**
 * Returns a sandbox whose plan creates a list, and creates, updates, deletes and merges contacts. The plan has a
 * warning about the configuration.
 */
async function withEveryAction(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/town.yaml", TOWN).run("apply --auto-approve");
  await sandbox.front.asTeammate("POST", "/contacts", {
    handles: [{ source: "email", handle: "cooper@home.example" }],
  });
  return sandbox.write("contacts/town.yaml", CHANGED_TOWN);
}

test("a plan with every action has the properties that terraform-json and terraform-unidiff require", async () => {
  await using sandbox = await withEveryAction();
  const plan = JSON.parse(await sandbox.succeed("plan --json"));
  const ajv = new Ajv2020({ allErrors: true, validateFormats: false, strictTypes: false });
  for (const schema of [TERRAFORM_JSON, TERRAFORM_UNIDIFF]) {
    ajv.validate(schema, plan);
    expect(ajv.errors ?? []).toEqual([]);
  }
  const changes: readonly ResourceChange[] = plan.resource_changes;
  expect(changes.map(({ type, name, index, change }) => [type, name, index, ...change.actions])).toEqual([
    ["front_contact_list", "this", 'The "Bookhouse" Boys', "create"],
    ["front_contact", "dale-cooper", undefined, "update"],
    ["front_contact", "undeclared", expect.stringMatching(/^crd_\w+$/), "delete"],
    ["front_contact", "harry-truman", undefined, "create"],
    ["front_contact", "leo-johnson", undefined, "delete"],
  ]);
  for (const { address, type, name, index, change } of changes) {
    expect(address).toBe(`${type}.${name}${index === undefined ? "" : `[${JSON.stringify(index)}]`}`);
    expect([change.before === null, change.after === null]).toEqual([
      change.actions[0] === "create",
      change.actions[0] === "delete",
    ]);
  }
});

/** Properties whose keys are names in Front or kinds of requests, which need not be in snake_case. */
const MAPS = ["custom_fields", "by_kind"];

function keysOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(keysOf);
  return Object.entries(value).flatMap(([key, member]) => [key, ...(MAPS.includes(key) ? [] : keysOf(member))]);
}

test("all keys of a plan are in snake_case", async () => {
  await using sandbox = await withEveryAction();
  const keys = keysOf(JSON.parse(await sandbox.succeed("plan --json")));
  expect(keys).toEqual(expect.arrayContaining(["depends_on", "custom_fields"]));
  expect(keys.filter((key) => !/^[a-z]+(_[a-z]+)*$/.test(key))).toEqual([]);
});

/** Parses a plan without snippets and byte offsets, which a saved plan does not contain. */
function withoutSource(json: string): unknown {
  return JSON.parse(json, (key, value) => (key === "snippet" || key === "byte" ? undefined : value));
}

test("show --json prints the same as plan --json, except snippets and byte offsets", async () => {
  await using sandbox = await withEveryAction();
  const out = await sandbox.succeed("plan --json --out plan.json");
  expect(JSON.parse(out).diagnostics).not.toEqual([]);
  expect(withoutSource(out)).toEqual(JSON.parse(await sandbox.succeed("show plan.json --json")));
});

test.each([
  ["usage", "plan --json --refresh never", {}],
  ["unauthorized", "plan --json", { FRONT_API_TOKEN: "" }],
  ["unauthorized", "plan --json", { FRONT_API_TOKEN: "wrong" }],
])("an error that ends a run has the code %s in JSON: %s with %j", async (code, line, env) => {
  await using sandbox = await Sandbox.withFront();
  const { out } = await sandbox.write("contacts/town.yaml", TOWN).run(line, { env });
  expect(JSON.parse(out)).toMatchObject({ diagnostic: { code }, diagnostics: [{ code }], errored: true });
});
