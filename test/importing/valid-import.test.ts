import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { importCsv, importVcards } from "../../src/importing/import-file.ts";
import { hostileCompany } from "../support/hostile-company.ts";
import { ImportHome } from "../support/import-home.ts";
import { strangeCompany, strangeText } from "../support/strange-company.ts";
import { withWorld } from "../support/world.ts";

/** Fails unless `validate` accepts what is there. */
async function expectValid({ cwd }: ImportHome): Promise<void> {
  const { diagnostics } = await loadDesired("contacts", { cwd, allowEmpty: true });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ location, summary }) => `${location?.file}:${location?.line} ${summary}`)).toEqual([]);
}

const RUNS = Number(process.env["RUNS"] ?? 25);

test.each([false, true])("what is imported from a hostile company is valid (one file a contact: %p)", (split) =>
  fc.assert(
    fc.asyncProperty(hostileCompany, (seed) =>
      withWorld(
        async (world) => {
          using home = new ImportHome();
          const { created, read, remarks } = await home.import(world, { split });
          await expectValid(home);
          const leftOut = remarks.find(({ kind }) => kind === "contact-left-out")?.count ?? 0;
          expect(created + leftOut).toBe(read);
        },
        { seed },
      ),
    ),
    { numRuns: RUNS },
  ),
);

test("what is brought up to date from a hostile company is valid", () =>
  fc.assert(
    fc.asyncProperty(
      fc.oneof(hostileCompany, strangeCompany({ steady: true })),
      hostileCompany,
      async (before, after) => {
        using home = new ImportHome();
        await withWorld(async (world) => void (await home.import(world)), { seed: before });
        await withWorld(async (world) => void (await home.import(world, { update: true })), { seed: after });
        await expectValid(home);
      },
    ),
    { numRuns: RUNS },
  ));

test("contacts that are larger than a file may be are left out by name, and the others fill files that are not", () =>
  withWorld(
    async (world) => {
      using home = new ImportHome();
      const { created, files, remarks } = await home.import(world);
      expect({ created, files: files.length }).toEqual({ created: 3, files: 2 });
      expect(remarks).toEqual([
        { kind: "contact-left-out", count: 1, texts: ["huge, crd_huge is larger than a file may be"] },
      ]);
      await expectValid(home);
    },
    {
      seed: { contacts: [largeContact("huge", "\u{e0041}"), ...["a", "b", "c"].map((key) => largeContact(key, "x"))] },
    },
  ));

/** With 200 links of 9.9 kB, which take 25 kB each when their characters are escaped. */
function largeContact(key: string, character: string) {
  const text = character.repeat(9_900 / Buffer.byteLength(character));
  return {
    ...{ id: `crd_${key}`, name: key, handles: [{ source: "custom", handle: key }], custom_fields: {} },
    links: Array.from({ length: 200 }, (_, index) => `https://${index}.example/${text}`),
  };
}

test("more lists than a file may declare go into several files", async () => {
  using home = new ImportHome();
  const rows = Array.from({ length: 450 }, (_, index) => `p${index}@x.example,List ${index}`);
  const text = `Email,List\n${rows.join("\n")}\n`;
  for (const split of [false, true]) {
    using other = new ImportHome();
    const target = { ...(await other.target({ split })), declareLists: true };
    await importCsv(target, { text, mappings: ["email=Email,list=List"] });
    await expectValid(other);
  }
  home.write(
    "contacts/imported.yaml",
    `lists:\n${rows
      .map((_, index) => `- Own ${index}\n`)
      .slice(0, 190)
      .join("")}`,
  );
  const target = { ...(await home.target()), declareLists: true };
  await importCsv(target, { text, mappings: ["email=Email,list=List"] });
  await expectValid(home);
});

const cell = fc.oneof(
  strangeText,
  fc.constantFrom("x".repeat(10_001), "a@x.example", "+44 20 7946 0958", "Kelvin@x.example"),
);

test("what is imported from a table is valid", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell, cell, cell)), async (rows) => {
      using home = new ImportHome();
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const lines = rows.map((row, index) => [`r${index}@x.example`, ...row].map(quoted).join(","));
      // As the command reads it: UTF-8 without NUL.
      const text = Buffer.from(`E,N,M,L,D,F\n${lines.join("\n")}\n`)
        .toString()
        .replaceAll("\0", "");
      const target = { ...(await home.target()), declareLists: true };
      const mappings = ["email=E,name=N,email=M,list=L,description=D,custom_fields.Title=F"];
      await importCsv(target, { text, mappings, skipInvalid: true });
      await expectValid(home);
    }),
    { numRuns: 2 * RUNS },
  ));

test("what is imported from vCards is valid", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell, cell)), async (cards) => {
      using home = new ImportHome();
      const escaped = (text: string) => text.replaceAll(/[\\,;]/g, "\\$&").replaceAll(/\r\n|\r|\n/g, "\\n");
      const text = cards
        .map(([name, note, tel, title], index) =>
          [
            ...["BEGIN:VCARD", "VERSION:3.0", `FN:${escaped(name)}`, `EMAIL:v${index}@x.example`],
            ...[`NOTE:${escaped(note)}`, `TEL:${escaped(tel)}`, `TITLE:${escaped(title)}`, "END:VCARD", ""],
          ].join("\r\n"),
        )
        .concat("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Last\r\nEMAIL:last@x.example\r\nEND:VCARD\r\n")
        .join("");
      await importVcards(await home.target(), {
        ...{ text: Buffer.from(text).toString().replaceAll("\0", ""), mappings: ["Title=TITLE"] },
        ...{ skipInvalid: true, categories: true },
      });
      await expectValid(home);
    }),
    { numRuns: 2 * RUNS },
  ));
