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

test.each<[command: string, code: number, situation: Situation, options?: RunOptions]>([
  ["--help", 0, "missing"],
  ["--version", 0, "missing"],
  ["plan --help", 0, "missing"],
  ["frobnicate", 1, "new"],
  ["plan --frobnicate", 1, "new"],

  ["validate", 0, "new"],
  ["validate --json", 0, "new"],
  ["validate", 1, "invalid"],
  ["validate --json", 1, "invalid"],
  ["validate", 1, "missing"],

  ["plan", 0, "new"],
  ["plan", 0, "applied"],
  ["plan --json", 0, "edited"],
  ["plan --detailed-exitcode", 2, "new"],
  ["plan --detailed-exitcode", 2, "edited"],
  ["plan -detailed-exitcode -json", 2, "edited"],
  ["plan --detailed-exitcode", 0, "applied"],
  ["plan --detailed-exitcode=false", 0, "new"],
  ["plan -input=false -no-color", 0, "new"],
  ["plan --detailed-exitcode", 1, "invalid"],
  ["plan --detailed-exitcode", 1, "new, and the token is missing"],
  ["plan --detailed-exitcode", 1, "new, and the token is wrong"],

  ["apply --auto-approve", 0, "new"],
  ["apply --auto-approve", 0, "applied"],
  ["apply --auto-approve=true -json", 0, "edited"],
  ["apply --dry-run", 0, "new"],
  ["apply", 0, "applied", { answer: "" }],
  ["apply --auto-approve=false", 1, "new"],
  ["apply -input=false", 1, "new", { answer: "yes" }],
  ["apply -input=false -auto-approve", 0, "new"],
  ["apply --input=true", 0, "new", { answer: "yes" }],
  ["apply --json", 1, "new", { answer: "yes" }],
  ["apply --auto-approve", 1, "invalid"],
  ["apply --auto-approve", 1, "new, and the token is missing"],
  ["apply --auto-approve", 1, "rejected by Front"],
  ["apply --auto-approve --json", 1, "rejected by Front"],
  ["apply --auto-approve", 1, "new, and the run is interrupted"],
])("%s exits with %i if the configuration is %s", async (command, code, situation, options = {}) => {
  await using sandbox = await prepare(situation);
  const obstacle: RunOptions = situation in OBSTACLES ? OBSTACLES[situation as keyof typeof OBSTACLES] : {};
  expect(await sandbox.run(command, { ...obstacle, ...options })).toMatchObject({ code });
});
