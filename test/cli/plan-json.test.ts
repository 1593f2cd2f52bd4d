import { expect, test } from "@jest/globals";
import { FULL_PAGES } from "../support/emulator.ts";
import { Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
    custom_fields: { Job Title: FBI Special Agent, Joined: 1977-04-19 }
`;

test("plan --json has the structure of a Terraform plan and the key front_contacts", async () => {
  await using sandbox = await Sandbox.withFront({ behavior: { ...FULL_PAGES, listings: "whole" } });
  const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE).run("plan --json --detailed-exitcode");
  expect({ code, err }).toEqual({ code: 2, err: "" });
  expect(JSON.parse(out)).toEqual({
    format_version: "1.2",
    terraform_version: "1.9.0",
    resource_changes: [
      {
        address: "front_contact.dale-cooper",
        mode: "managed",
        type: "front_contact",
        name: "dale-cooper",
        provider_name: "front",
        change: {
          actions: ["create"],
          before: null,
          after: {
            name: "Dale Cooper",
            handles: [{ source: "email", handle: "dale.cooper@fbi.example" }],
            custom_fields: { "Job Title": "FBI Special Agent", Joined: "1977-04-19" },
          },
          after_unknown: {},
          before_sensitive: false,
          after_sensitive: false,
        },
        front_contacts: {
          id: null,
          location: { file: "contacts/dale.yaml", line: 2, column: 3, length: 11 },
          kept: { handles: 0, links: 0, lists: 0, custom_fields: 0 },
          notes: [],
          origins: [],
          defaults: [],
        },
      },
    ],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    applyable: true,
    complete: true,
    errored: false,
    diagnostics: [],
    front_contacts: {
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      totals: {
        created: 1,
        updated: 0,
        deleted: 0,
        merged: 0,
        requests: 2,
        seconds: 1,
        losing: [],
        overwriting: [],
        overwritten: [],
        removed: [],
        changed: [
          {
            attribute: "custom_fields",
            key: "Job Title",
            effect: "added",
            before: null,
            after: "FBI Special Agent",
            count: 1,
          },
          { attribute: "custom_fields", key: "Joined", effect: "added", before: null, after: "1977-04-19", count: 1 },
        ],
      },
      company: { id: "cmp_tp1", name: "Twin Peaks Sheriff's Department" },
      coverage: { contacts: "all", read: 0 },
      declared: 1,
      requests: {
        planned_reads: 3,
        predicted: { total: 2, by_kind: { "create-contact": 1, verification: 1 } },
        seconds: 1,
        per_minute: 800_000,
      },
      operations: [
        {
          kind: "create-contact",
          id: "create-contact front_contact.dale-cooper",
          subjects: ["front_contact.dale-cooper"],
          depends_on: [],
          handles: [{ source: "email", handle: "dale.cooper@fbi.example" }],
          name: "Dale Cooper",
          custom_fields: [
            { name: "Job Title", type: "string", after: "FBI Special Agent" },
            { name: "Joined", type: "datetime", after: 230256000 },
          ],
        },
      ],
    },
  });
});

test("a plan without changes has complete: true and applyable: false", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).run("apply --auto-approve");
  const out = await sandbox.succeed("plan --json");
  expect(JSON.parse(out)).toMatchObject({ resource_changes: [], applyable: false, complete: true, errored: false });
});

test.each([
  ["the configuration is invalid", DALE.replace("name:", "nmae:"), {}, "contacts/dale.yaml"],
  ["a custom field does not exist in Front", DALE.replace("Job Title", "Jbo Title"), {}, "contacts/dale.yaml"],
  ["the token is missing", DALE, { FRONT_API_TOKEN: "" }, undefined],
])("if %s, plan --json prints the error as JSON on standard output", async (_, files, env, file) => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/dale.yaml", files).run("plan --json", { env });
  expect({ code, err }).toEqual({ code: 1, err: "" });
  const { errored, applyable, diagnostics } = JSON.parse(out);
  expect({ errored, applyable, file: diagnostics[0].range?.filename }).toEqual({
    errored: true,
    applyable: false,
    file,
  });
  expect(diagnostics[0]).toMatchObject({ severity: "error", summary: expect.any(String), detail: expect.any(String) });
});
