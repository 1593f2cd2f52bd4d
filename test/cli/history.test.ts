import { expect, test } from "@jest/globals";
import { commitFiles, git, initRepository } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

const FILE = "contacts/ann.yaml";
const ANN = "contacts:\n  ann: { name: Ann, handles: [{ source: email, handle: ann@x.example }] }\n";

const CHECKOUTS: [name: string, edit: (sandbox: Sandbox) => void, hasEdits: boolean][] = [
  ["no edits", () => undefined, false],
  ["edits outside the contacts directory", (sandbox) => sandbox.write("README.md", "x"), false],
  ["an edited file", (sandbox) => sandbox.write(FILE, ANN.replace("name: Ann", "name: Anna")), true],
  ["a new file", (sandbox) => sandbox.write("contacts/bob.yaml", ANN.replaceAll("ann", "bob")), true],
  [
    "a staged file",
    (sandbox) => git(sandbox.write("contacts/bob.yaml", ANN.replaceAll("ann", "bob")), "add", "contacts/bob.yaml"),
    true,
  ],
  ["a new file, although git is configured to omit it", (sandbox) => addHiddenByGit(sandbox), true],
  ["an ignored file", (sandbox) => addIgnored(sandbox, "contacts/sub/bob.yaml"), true],
  ["ignored hidden files", (sandbox) => addIgnored(sandbox, "contacts/.x.yaml", "contacts/sub/.x.yaml"), false],
];

function addHiddenByGit(sandbox: Sandbox): void {
  git(sandbox, "config", "status.showUntrackedFiles", "no");
  sandbox.write("contacts/bob.yaml", ANN.replaceAll("ann", "bob"));
}

function addIgnored(sandbox: Sandbox, ...files: readonly string[]): void {
  sandbox.write(".gitignore", files.join("\n"));
  for (const file of files) sandbox.write(file, ANN.replaceAll("ann", "bob"));
}

test.each(CHECKOUTS)(
  "history shows whether an apply used files that were not committed: %s",
  async (_, edit, hasEdits) => {
    await using sandbox = (await Sandbox.withFront()).write(FILE, ANN);
    initRepository(sandbox);
    commitFiles(sandbox, "contacts");
    const commit = git(sandbox, "rev-parse", "HEAD");
    edit(sandbox);
    await sandbox.succeed("apply --auto-approve");
    const { runs } = JSON.parse(await sandbox.succeed("history --json"));
    expect(runs).toMatchObject([{ commit, uncommitted_edits: hasEdits }]);
    const suffix = hasEdits ? " with uncommitted edits" : "";
    expect(await sandbox.succeed("history")).toContain(`  ${commit.slice(0, 10)}${suffix}\n`);
    expect(await sandbox.succeed(`history ${runs[0].id}`)).toContain(`Commit:     ${commit}${suffix}\n`);
  },
);

test("history shows no commit outside a repository", async () => {
  await using sandbox = (await Sandbox.withFront()).write(FILE, ANN);
  await sandbox.succeed("apply --auto-approve");
  const { runs } = JSON.parse(await sandbox.succeed("history --json"));
  expect(runs).toMatchObject([{ commit: null, uncommitted_edits: null }]);
});

test("the record of an earlier run does not count as an edit", async () => {
  await using sandbox = (await Sandbox.withFront()).write(FILE, ANN);
  initRepository(sandbox);
  commitFiles(sandbox, "contacts");
  await sandbox.succeed("apply --auto-approve");
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:ann%40x.example", { name: "Other" });
  await sandbox.succeed("apply --auto-approve");
  const { runs } = JSON.parse(await sandbox.succeed("history --json"));
  expect(runs).toMatchObject([{ uncommitted_edits: false }, { uncommitted_edits: false }]);
});
