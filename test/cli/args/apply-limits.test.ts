import { expect, test } from "@jest/globals";
import { Sandbox } from "../../support/sandbox.ts";

/** Returns entries. Creating each contact takes one request, and verifying all contacts takes one more. */
function contacts(...names: string[]): string {
  const entries = names.map((name) => `  ${name}:\n    handles: [{ source: email, handle: ${name}@x.example }]\n`);
  return `contacts:\n${entries.join("")}`;
}

async function withContacts(...names: string[]): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ rate: 50 });
  return sandbox.write("contacts/all.yaml", contacts(...names));
}

test("a plan estimates the duration of the apply from the rate limit minus the reserve", async () => {
  await using sandbox = await withContacts("ada", "bob", "cyd");
  const out = await sandbox.succeed("plan");
  expect(out).toContain("Requests: 4 to apply this plan (3 create-contact, 1 verification), about 6 s at 40 a minute.");
  const { front_contacts } = JSON.parse(await sandbox.succeed("plan --json"));
  expect(front_contacts.requests).toMatchObject({ planned_reads: 2, seconds: 6, per_minute: 40 });
  expect(await sandbox.succeed("plan --reserve 50%")).toContain("about 10 s at 25 a minute");
});

test.each([
  ["--max-requests 3", "Applying this plan takes 4 requests; the limit is 3", "--max-requests 4"],
  [
    "--max-duration 5s",
    "Applying this plan takes about 6 s at 40 requests a minute; the limit is 5 s",
    "--max-duration",
  ],
])("with %s, a plan that exceeds the limit is shown but not applied", async (limit, message, option) => {
  await using sandbox = await withContacts("ada", "bob", "cyd");
  for (const command of ["plan", "apply --auto-approve"]) {
    const { code, out, err } = await sandbox.run(`${command} ${limit}`);
    expect([code, out, err]).toEqual([1, expect.stringContaining("Plan: 3 to add"), expect.stringContaining(message)]);
    expect(err).toContain(`Use ${option}`);
  }
  expect(sandbox.writes).toEqual([]);
});

test("apply accepts a duration limit in hours, minutes and seconds", async () => {
  await using sandbox = await withContacts("ada");
  await sandbox.succeed("apply --auto-approve --max-requests 2 --max-duration 1h1m1s");
});

test("--max-requests also applies to a saved plan", async () => {
  await using sandbox = await withContacts("ada", "bob");
  await sandbox.run("plan --out plan.json");
  expect(await sandbox.fail("apply plan.json --max-requests 2")).toContain("takes 3 requests");
  await sandbox.succeed("apply plan.json --max-requests 3");
});

test("apply --burst uses the burst pool instead of waiting for the next window", async () => {
  await using sandbox = await Sandbox.withFront({ rate: 3, behavior: { burstHeaders: "shown" } });
  sandbox.write("contacts/all.yaml", contacts("ada"));
  await sandbox.succeed("apply --auto-approve --burst --reserve 0%");
  const times = sandbox.front.requests.map(({ at }) => at);
  expect(times).toHaveLength(4);
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(60_000);
});
