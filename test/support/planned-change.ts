import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "@jest/globals";
import { Sandbox } from "./sandbox.ts";

export const TOWN = `contacts:
  dale-cooper:
    name: Dale Cooper
    description: Special agent.
    handles: [{ source: email, handle: dale@fbi.example }]
    custom_fields: { Job Title: FBI Special Agent }
    lists: [Twin Peaks]
  harry-truman:
    name: Harry S. Truman
    handles: [{ source: email, handle: harry@sheriff.example }]
lists: [Twin Peaks]
`;

export const DALE = "/contacts/alt:email:dale%40fbi.example";
export const HARRY = "/contacts/alt:email:harry%40sheriff.example";

async function planChange() {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/town.yaml", TOWN).run("apply --auto-approve");
  const changedTown = TOWN.replace("FBI Special Agent", "Sheriff").replace("Harry S. Truman", "Harry Truman");
  const { code } = await sandbox.write("contacts/town.yaml", changedTown).run("plan --out plan.json");
  expect(code).toBe(0);
  const files = readdirSync(sandbox.directory, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const paths = files.map(({ parentPath, name }) => relative(sandbox.directory, join(parentPath, name)));
  return { seed: sandbox.front.snapshot(), files: paths.map((path) => [path, sandbox.read(path)] as const) };
}

let planned: ReturnType<typeof planChange> | undefined;

/** Returns a sandbox with a company, and with a saved plan that changes both contacts. */
export async function createPlannedChange(): Promise<Sandbox> {
  planned ??= planChange();
  const { seed, files } = await planned;
  const sandbox = await Sandbox.withFront({ seed });
  for (const [path, text] of files) sandbox.write(path, text);
  return sandbox;
}

export function readPlan(sandbox: Sandbox): Record<string, unknown> {
  return JSON.parse(sandbox.read("plan.json"));
}
