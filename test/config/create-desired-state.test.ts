import { expect, test } from "@jest/globals";
import { type Configuration, createDesiredState } from "../../src/config/create-desired-state.ts";

const ada = { handles: [{ source: "email", handle: "ada@example.org" }] };

test("returns the desired state that files with the same content would have", async () => {
  const { desired, diagnostics } = await createDesiredState({
    contacts: { ada: { ...ada, name: "Ada", custom_fields: { Tier: "gold", Notes: null }, lists: ["VIP"] } },
    lists: ["VIP"],
    custom_fields: { Tier: { type: "string" }, Notes: { type: "string" } },
    settings: { company: "cmp_k30" },
  });
  expect(diagnostics).toEqual([]);
  expect(desired).toMatchObject({
    contacts: [
      { key: "ada", name: "Ada", lists: [{ name: "VIP" }], customFields: [{ value: "gold" }, { value: null }] },
    ],
    lists: [{ name: "VIP" }],
    settings: { company: "cmp_k30" },
  });
});

test("reports a violated rule with the location in the object's JSON", async () => {
  const configuration = { contacts: { ada: { ...ada, nmae: "Ada" } } } as unknown as Configuration;
  const { desired, diagnostics, sources } = await createDesiredState(configuration);
  expect(desired).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: "unknown-property", location: { file: "contacts-1.yaml" } }]);
  const line = diagnostics[0]?.location?.line ?? 0;
  expect(sources.get("contacts-1.yaml")?.split("\n")[line - 1]).toContain('"nmae"');
});

test("accepts more contacts than one file may have", async () => {
  const contacts = Object.fromEntries(
    Array.from({ length: 5_001 }, (_, index) => [
      `contact-${index}`,
      { handles: [{ source: "email", handle: `c${index}@example.org` }] },
    ]),
  );
  const { desired } = await createDesiredState({ contacts });
  expect(desired?.contacts).toHaveLength(5_001);
});

test("reads avatars relative to the working directory", async () => {
  const { desired } = await createDesiredState({
    contacts: { ada: { ...ada, avatar: "contacts/avatars/dale-cooper.png" } },
  });
  expect(desired?.contacts[0]?.avatar).toMatchObject({ type: "image/png" });
});

test("finds one handle in two entries", async () => {
  const { diagnostics } = await createDesiredState({ contacts: { ada, grace: ada } });
  expect(diagnostics).toMatchObject([{ severity: "error" }]);
});
