import { expect, test } from "@jest/globals";
import { Outside, type RunOptions } from "../support/test-environment.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
`;

/** The state of Front and of the files before the run. */
type Case = "new" | "applied" | "edited" | "wrong" | "missing" | "refused by Front";

async function prepare(situation: Case): Promise<Outside> {
  const outside = await Outside.withFront();
  if (situation === "missing") return outside;
  outside.write("contacts/dale.yaml", situation === "wrong" ? DALE.replace("name:", "nmae:") : DALE);
  if (situation === "applied" || situation === "edited") await outside.run("apply --auto-approve");
  if (situation === "edited") outside.write("contacts/dale.yaml", DALE.replace("Dale", "Agent"));
  if (situation === "refused by Front") {
    outside.front.faults = [{ method: "POST", path: "/contacts", kind: "status", status: 400 }];
  }
  return outside;
}

const NO_TOKEN: RunOptions = { env: { FRONT_API_TOKEN: "" } };
const WRONG_TOKEN: RunOptions = { env: { FRONT_API_TOKEN: "eyJhbGciOiJub25lIn0.e30.x" } };

test.each<[code: number, words: string, situation: Case, options?: RunOptions]>([
  [0, "--help", "missing"],
  [0, "--version", "missing"],
  [0, "plan --help", "missing"],
  [1, "frobnicate", "new"],
  [1, "plan --frobnicate", "new"],

  [0, "validate", "new"],
  [0, "validate --json", "new"],
  [1, "validate", "wrong"],
  [1, "validate --json", "wrong"],
  [1, "validate", "missing"],

  [0, "plan", "new"],
  [0, "plan", "applied"],
  [0, "plan --json", "edited"],
  [2, "plan --detailed-exitcode", "new"],
  [2, "plan --detailed-exitcode", "edited"],
  [2, "plan -detailed-exitcode -json", "edited"],
  [0, "plan --detailed-exitcode", "applied"],
  [0, "plan --detailed-exitcode=false", "new"],
  [0, "plan -input=false -no-color", "new"],
  [1, "plan --detailed-exitcode", "wrong"],
  [1, "plan --detailed-exitcode", "new", NO_TOKEN],
  [1, "plan --detailed-exitcode", "new", WRONG_TOKEN],

  [0, "apply --auto-approve", "new"],
  [0, "apply --auto-approve", "applied"],
  [0, "apply --auto-approve=true -json", "edited"],
  [0, "apply --dry-run", "new"],
  [0, "apply", "new", { answer: "yes" }],
  [0, "apply", "applied", { answer: "" }],
  [1, "apply", "new", { answer: "no" }],
  [1, "apply", "new", { answer: "Yes" }],
  [1, "apply", "new"],
  [1, "apply --auto-approve=false", "new"],
  [1, "apply -input=false", "new", { answer: "yes" }],
  [0, "apply -input=false -auto-approve", "new"],
  [0, "apply --input=true", "new", { answer: "yes" }],
  [1, "apply --json", "new", { answer: "yes" }],
  [1, "apply --auto-approve", "wrong"],
  [1, "apply --auto-approve", "new", NO_TOKEN],
  [1, "apply --auto-approve", "refused by Front"],
  [1, "apply --auto-approve --json", "refused by Front"],
  [1, "apply --auto-approve", "new", { signal: AbortSignal.abort() }],
])("exit code %i: %s, when the contact is %s", async (code, words, situation, options = {}) => {
  await using outside = await prepare(situation);
  expect(await outside.run(words, options)).toMatchObject({ code });
});

test("without a prompt, apply requires --auto-approve", async () => {
  await using outside = await prepare("new");
  const { out, err } = await outside.run("apply -input=false", { answer: "yes" });
  expect(out).toBe("");
  expect(err).toContain("Cannot ask for approval: --input=false disables prompts");
  expect(err).toContain("--auto-approve");
  expect(outside.front.requests).toEqual([]);
});
