import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasBlockingErrors } from "../../src/internal.ts";
import { SCALE } from "../scale.ts";
import { forAllAsync } from "../support/for-all.ts";
import { usePlainRequests } from "../support/plain-request.ts";
import { handleText } from "./company.ts";
import { randomFaults } from "./faults.ts";
import { converge } from "./history.ts";
import { violationsIn } from "./invariants.ts";
import type { Entries, Entry } from "./scenario.ts";
import { SeededRandom } from "./seeded-random.ts";
import { Simulation } from "./simulation.ts";
import type { EditKind } from "./teammate-edits.ts";

interface Model {
  entries: Entries;
  hasPlan: boolean;
  isTokenRevoked: boolean;
}

type Command = fc.AsyncCommand<Model, Simulation>;

const KEYS = ["ada", "bob", "eve"];

function entryOf(key: string, name: string | undefined, title: string | undefined): Entry {
  return {
    handles: [{ source: "email", handle: `${key}@x.example` }],
    ...(name === undefined ? {} : { name }),
    ...(title === undefined ? {} : { custom_fields: { "Job Title": title } }),
  };
}

/** Returns a command. `check` is its precondition, and `text` describes it in the report of a failure. */
function createStep(text: string, run: Command["run"], check: Command["check"] = () => true): Command {
  return { check, run, toString: () => text };
}

function writeEntry(key: string, entry: Entry): Command {
  return createStep(`write ${key} ${JSON.stringify(entry)}`, async (model, simulation) => {
    model.entries = { ...model.entries, [key]: entry };
    simulation.entries = model.entries;
  });
}

function removeEntry(key: string): Command {
  const remove = async (model: Model, simulation: Simulation) => {
    const { [key]: _, ...rest } = model.entries;
    model.entries = rest;
    simulation.entries = rest;
  };
  // A configuration without contacts is an error, so another entry must remain.
  return createStep(`remove ${key}`, remove, ({ entries }) => key in entries && Object.keys(entries).length > 1);
}

function editAsTeammate(kind: EditKind): Command {
  return createStep(`someone ${kind}`, async (model, simulation) => {
    await simulation.makeEdit(kind);
    if (kind === "revokes the token") model.isTokenRevoked = true;
  });
}

const GRANT_TOKEN = createStep(
  "grant a token",
  async (model, simulation) => {
    await simulation.endDisturbances();
    model.isTokenRevoked = false;
  },
  ({ isTokenRevoked }) => isTokenRevoked,
);

const PLAN = createStep("plan --out", async (model, simulation) => {
  simulation.disturb({});
  const { outcome, process } = await simulation.run("plan --out");
  // Requests of an earlier run that was killed may still reach Front.
  const sentRequests = simulation.network.log.filter((request) => request.process === process);
  expect(sentRequests.flatMap(({ effects }) => effects)).toEqual([]);
  expect(outcome?.error?.code).toBe(model.isTokenRevoked ? "unauthorized" : undefined);
  if (outcome?.plan !== undefined && !hasBlockingErrors(outcome.plan.diagnostics)) model.hasPlan = true;
  expect(violationsIn(simulation)).toEqual([]);
});

/** Returns a command that applies a saved plan, which may be out of date. */
function applyFile(faultSeed: number | undefined): Command {
  return createStep(
    `apply FILE${faultSeed === undefined ? "" : ` with faults ${faultSeed}`}`,
    async (_, simulation) => {
      simulation.disturb(
        faultSeed === undefined ? {} : { schedule: randomFaults(new SeededRandom(faultSeed, "storm")) },
      );
      await simulation.run("apply FILE");
      expect(violationsIn(simulation)).toEqual([]);
    },
    ({ hasPlan }) => hasPlan,
  );
}

function apply(lastStep: number | undefined): Command {
  const text = `apply${lastStep === undefined ? "" : `, killed at step ${lastStep}`}`;
  return createStep(text, async (model, simulation) => {
    simulation.disturb({});
    const { outcome } = await simulation.run("apply", { lastStep });
    expect(violationsIn(simulation)).toEqual([]);
    if (outcome?.report?.results.every(({ status }) => status === "applied")) expectDesiredState(model, simulation);
  });
}

/** Expects that Front matches the configuration, as after an undisturbed apply. */
function expectDesiredState({ entries }: Model, { company }: Simulation): void {
  for (const { handles, name, ensure, custom_fields: fields = {} } of Object.values(entries)) {
    const keys = handles.map(handleText);
    const contact = [...company.contacts.values()].find((candidate) => keys.some((key) => candidate.handles.has(key)));
    expect(contact === undefined).toBe(ensure === "absent");
    if (contact === undefined) continue;
    expect(contact.name).toBe(name ?? contact.name);
    for (const [field, value] of Object.entries(fields)) expect(contact.fields.get(field)).toBe(JSON.stringify(value));
  }
}

const key = fc.constantFrom(...KEYS);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const commands = fc.commands(
  [
    fc
      .tuple(key, optional(fc.constantFrom("Ada", "Zoe")), optional(fc.constantFrom("Chief", "Boss")))
      .map(([entryKey, name, title]) => writeEntry(entryKey, entryOf(entryKey, name, title))),
    key.map((entryKey) => writeEntry(entryKey, { ...entryOf(entryKey, undefined, undefined), ensure: "absent" })),
    key.map(removeEntry),
    fc
      .constantFrom<EditKind[]>(
        ...(["edits a field", "edits a name", "adds a handle", "deletes a contact", "merges contacts"] as const),
        ...(["sends a message", "revokes the token"] as const),
      )
      .map(editAsTeammate),
    fc.constant(GRANT_TOKEN),
    fc.constant(PLAN),
    optional(fc.nat(1000)).map(applyFile),
    optional(fc.nat(60)).map(apply),
  ],
  { maxCommands: 12 },
);

test("all invariants hold for random orders of edits, runs and crashes, and Front then reaches the desired state", async () => {
  using _plain = usePlainRequests(true);
  const entries = { ada: entryOf("ada", "Ada", undefined) };
  const company = {
    contacts: KEYS.map((entryKey) => ({
      handles: [`email:${entryKey}@x.example`, `twitter:${entryKey}`],
      name: "Old",
    })),
  };
  await forAllAsync([commands], { numRuns: SCALE.sequences }, async (steps) => {
    const options = { rate: Number.POSITIVE_INFINITY };
    const simulation = new Simulation(1, { company, options, entries, allowHandleMoves: false });
    await fc.asyncModelRun(
      () => ({ model: { entries, hasPlan: false, isTokenRevoked: false }, real: simulation }),
      steps,
    );
    expect(await converge(simulation)).toEqual([]);
    expect(violationsIn(simulation)).toEqual([]);
  });
});
