import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { Sandbox } from "../support/sandbox.ts";

const COUNT = SCALE.undoneRows;
const NUMBERS = Array.from({ length: COUNT }, (_, index) => index + 1);
const SEED = {
  contacts: NUMBERS.map((number) => ({
    id: `crd_${number}`,
    handles: [`email:c${number}@x.example`],
    name: `Person ${number}`,
    custom_fields: { Location: "Twin Peaks", "Job Title": `Agent ${number}` },
  })),
};
const TABLE = ["Mail,City", ...NUMBERS.map((number) => `c${number}@x.example,Seattle`)].join("\n");
const EDITED = [7, 17, 37];

test(`an undo restores ${COUNT - 3} of ${COUNT} applied rows, and reports the 3 rows that were edited in Front after the apply`, async () => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  sandbox.write("people.csv", TABLE);
  await sandbox.succeed("import --from-csv people.csv --map email=Mail,Location=City");
  const out = await sandbox.succeed(`apply --auto-approve --allow-changes ${COUNT}`);
  expect(out).toContain(`Apply complete! Resources: 0 added, ${COUNT} changed, 0 destroyed.`);
  for (const number of EDITED) {
    const edit = { custom_fields: { Location: "Spokane", "Job Title": `Agent ${number}` } };
    await sandbox.front.asTeammate("PATCH", `/contacts/crd_${number}`, edit);
  }
  const undo = await sandbox.run(`undo --auto-approve --allow-changes ${COUNT - 3}`);
  expect(undo).toMatchObject({
    code: 0,
    out: expect.stringContaining(`Resources: 0 added, ${COUNT - 3} changed, 0 destroyed.`),
  });
  const reportedRows = undo.err.match(
    /front_contact\.\S+ changed after the run and is not undone: custom field Location/g,
  );
  expect(reportedRows).toEqual(
    EDITED.map((number) => expect.stringContaining(`front_contact.c${number} changed after the run`)),
  );
  for (const { id, custom_fields: fields } of sandbox.front.snapshot().contacts ?? []) {
    const number = Number(id?.slice("crd_".length));
    const location = EDITED.includes(number) ? "Spokane" : "Twin Peaks";
    expect(fields).toEqual({ Location: location, "Job Title": `Agent ${number}` });
  }
});
