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

/** Returns a sandbox with a company, and with a saved plan that changes both contacts. */
export async function createPlannedChange(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/town.yaml", TOWN).run("apply --auto-approve");
  const changedTown = TOWN.replace("FBI Special Agent", "Sheriff").replace("Harry S. Truman", "Harry Truman");
  const { code } = await sandbox.write("contacts/town.yaml", changedTown).run("plan --out plan.json");
  expect(code).toBe(0);
  return sandbox;
}

export function readPlan(sandbox: Sandbox): Record<string, unknown> {
  return JSON.parse(sandbox.read("plan.json"));
}
