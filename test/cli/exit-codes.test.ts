import { expect, test } from "@jest/globals";
import { type RunOptions, Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
`;

/** The state of the configuration and of Front before the run. */
type Situation = "new" | "applied" | "edited" | "invalid" | "missing" | "rejected by Front" | keyof typeof OBSTACLES;

const OBSTACLES = {
  "new, and the token is missing": { env: { FRONT_API_TOKEN: "" } },
  "new, and the token is wrong": { env: { FRONT_API_TOKEN: "eyJhbGciOiJub25lIn0.e30.x" } },
  "new, and the run is interrupted": { signal: AbortSignal.abort() },
} satisfies Record<string, RunOptions>;

async function prepare(situation: Situation): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  if (situation === "missing") return sandbox;
  sandbox.write("contacts/dale.yaml", situation === "invalid" ? DALE.replace("name:", "nmae:") : DALE);
  if (situation === "applied" || situation === "edited") await sandbox.run("apply --auto-approve");
  if (situation === "edited") sandbox.write("contacts/dale.yaml", DALE.replace("Dale", "Agent"));
  if (situation === "rejected by Front") {
    sandbox.front.faults = [{ method: "POST", path: "/contacts", kind: "status", status: 400 }];
  }
  return sandbox;
}

test.each<[code: number, command: string, situation: Situation, options?: RunOptions]>([
  [0, "--help", "missing"],
  [0, "--version", "missing"],
  [0, "plan --help", "missing"],
  [1, "frobnicate", "new"],
  [1, "plan --frobnicate", "new"],

  [0, "validate", "new"],
  [0, "validate --json", "new"],
  [1, "validate", "invalid"],
  [1, "validate --json", "invalid"],
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
  [1, "plan --detailed-exitcode", "invalid"],
  [1, "plan --detailed-exitcode", "new, and the token is missing"],
  [1, "plan --detailed-exitcode", "new, and the token is wrong"],

  [0, "apply --auto-approve", "new"],
  [0, "apply --auto-approve", "applied"],
  [0, "apply --auto-approve=true -json", "edited"],
  [0, "apply --dry-run", "new"],
  [0, "apply", "applied", { answer: "" }],
  [1, "apply --auto-approve=false", "new"],
  [1, "apply -input=false", "new", { answer: "yes" }],
  [0, "apply -input=false -auto-approve", "new"],
  [0, "apply --input=true", "new", { answer: "yes" }],
  [1, "apply --json", "new", { answer: "yes" }],
  [1, "apply --auto-approve", "invalid"],
  [1, "apply --auto-approve", "new, and the token is missing"],
  [1, "apply --auto-approve", "rejected by Front"],
  [1, "apply --auto-approve --json", "rejected by Front"],
  [1, "apply --auto-approve", "new, and the run is interrupted"],
])("exits with %i: %s if the contact is %s", async (code, command, situation, options = {}) => {
  await using sandbox = await prepare(situation);
  const obstacle: RunOptions = situation in OBSTACLES ? OBSTACLES[situation as keyof typeof OBSTACLES] : {};
  expect(await sandbox.run(command, { ...obstacle, ...options })).toMatchObject({ code });
});
