import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const LAURA = `contacts:
  laura:
    handles: [{ source: email, handle: laura@peaks.example }]
`;

test.each(["", "--allow-removals 1", "--overwrite front_contact.laura"])(
  "following the advice of 'undo %s' deletes a created contact that was edited",
  async (options) => {
    await using sandbox = await Sandbox.withFront();
    await sandbox.write("contacts/laura.yaml", LAURA).succeed("apply --auto-approve");
    await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:laura%40peaks.example", { description: "Edited" });
    let advised = `undo ${options}`;
    for (let step = 0; step < 3 && (await sandbox.list("/contacts")).length > 0; step += 1) {
      const { err } = await sandbox.run(`${advised} --auto-approve`);
      advised = /Run 'front-contacts (undo [^']*)'\./.exec(err)?.[1] ?? "history";
    }
    expect(await sandbox.list("/contacts")).toEqual([]);
  },
);

test("the advice about created contacts and accounts allows the removal of all", async () => {
  await using sandbox = await Sandbox.withFront();
  const account = "accounts:\n  peaks:\n    name: Peaks\n    domains: [peaks.example]\n";
  await sandbox.write("contacts/laura.yaml", LAURA + account).succeed("apply --auto-approve");
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err.match(/--allow-removals \d+/g)).toEqual(["--allow-removals 2", "--allow-removals 2"]);
});

const MANY = Array.from({ length: 12 }, (_, index) => {
  const handles = `handles: [{ source: email, handle: c${index}@peaks.example }]`;
  return `  c${index}:\n    name: Old\n    ${handles}\n`;
}).join("");

test("the advice about many created contacts also allows the changes", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/many.yaml", `contacts:\n${MANY}`).succeed("apply --auto-approve");
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err).toContain("--allow-changes 12 --allow-removals 12'.");
  await sandbox.succeed(`${/undo [0-9][^']*/.exec(err)} --auto-approve`);
  expect(await sandbox.list("/contacts")).toEqual([]);
});

test("the advice to overwrite one of many changed contacts also allows the changes", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/many.yaml", `contacts:\n${MANY}`).succeed("apply --auto-approve");
  sandbox.write("contacts/many.yaml", `contacts:\n${MANY.replaceAll("Old", "New")}`);
  await sandbox.succeed("apply --auto-approve --allow-changes 12");
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:c0%40peaks.example", { name: "Edited" });
  const { err } = await sandbox.run("undo --dry-run --allow-changes 11");
  expect(err).toContain("--allow-changes 12 --overwrite front_contact.c0'.");
  await sandbox.succeed(`${/undo [0-9][^']*/.exec(err)} --auto-approve`);
  expect((await sandbox.list("/contacts")).map(({ name }) => name)).toEqual(MANY.match(/Old/g));
});
