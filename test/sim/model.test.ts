import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasBlockingErrors } from "../../src/internal.ts";
import { SCALE } from "../scale.ts";
import { handleText } from "./company.ts";
import { randomFaults } from "./faults.ts";
import { converge } from "./history.ts";
import { violationsIn } from "./invariants.ts";
import { usePlainRequests } from "./plain-request.ts";
import type { Entries, Entry } from "./scenario.ts";
import { SeededRandom } from "./seeded-random.ts";
import { Simulation } from "./simulation.ts";
import type { EditKind } from "./teammate-edits.ts";

/** The state that the test expects. */
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

/** A command of the model. By default, it has no precondition. */
abstract class Step implements Command {
  check(_: Readonly<Model>): boolean {
    return true;
  }

  abstract run(model: Model, simulation: Simulation): Promise<void>;

  abstract toString(): string;

  protected expectInvariants(simulation: Simulation): void {
    expect(violationsIn(simulation)).toEqual([]);
  }
}

class WriteEntry extends Step {
  readonly #key: string;
  readonly #entry: Entry;

  constructor(key: string, entry: Entry) {
    super();
    this.#key = key;
    this.#entry = entry;
  }

  async run(model: Model, simulation: Simulation): Promise<void> {
    model.entries = { ...model.entries, [this.#key]: this.#entry };
    simulation.setEntries(model.entries);
  }

  override toString(): string {
    return `write ${this.#key} ${JSON.stringify(this.#entry)}`;
  }
}

class RemoveEntry extends Step {
  readonly #key: string;

  constructor(key: string) {
    super();
    this.#key = key;
  }

  /** Returns whether another entry remains, because a configuration without contacts is an error. */
  override check({ entries }: Readonly<Model>): boolean {
    return this.#key in entries && Object.keys(entries).length > 1;
  }

  async run(model: Model, simulation: Simulation): Promise<void> {
    const { [this.#key]: _, ...rest } = model.entries;
    model.entries = rest;
    simulation.setEntries(rest);
  }

  override toString(): string {
    return `remove ${this.#key}`;
  }
}

class TeammateEdit extends Step {
  readonly #kind: EditKind;

  constructor(kind: EditKind) {
    super();
    this.#kind = kind;
  }

  async run(model: Model, simulation: Simulation): Promise<void> {
    await simulation.makeEdit(this.#kind);
    if (this.#kind === "revokes the token") model.isTokenRevoked = true;
  }

  override toString(): string {
    return `somebody ${this.#kind}`;
  }
}

class GrantToken extends Step {
  override check({ isTokenRevoked }: Readonly<Model>): boolean {
    return isTokenRevoked;
  }

  async run(model: Model, simulation: Simulation): Promise<void> {
    await simulation.endDisturbances();
    model.isTokenRevoked = false;
  }

  override toString(): string {
    return "grant a token";
  }
}

class Plan extends Step {
  async run(model: Model, simulation: Simulation): Promise<void> {
    simulation.disturb({});
    const { outcome, process } = await simulation.run("plan --out");
    // Requests of a killed run may still arrive.
    const sentRequests = simulation.network.log.filter((request) => request.process === process);
    expect(sentRequests.flatMap(({ effects }) => effects)).toEqual([]);
    expect(outcome?.error?.code).toBe(model.isTokenRevoked ? "unauthorized" : undefined);
    if (outcome?.plan !== undefined && !hasBlockingErrors(outcome.plan.diagnostics)) model.hasPlan = true;
    this.expectInvariants(simulation);
  }

  override toString(): string {
    return "plan --out";
  }
}

/** Applies a saved plan that may be out of date. */
class ApplyFile extends Step {
  readonly #faultSeed: number | undefined;

  constructor(faultSeed: number | undefined) {
    super();
    this.#faultSeed = faultSeed;
  }

  override check({ hasPlan }: Readonly<Model>): boolean {
    return hasPlan;
  }

  async run(_: Model, simulation: Simulation): Promise<void> {
    simulation.disturb(
      this.#faultSeed === undefined ? {} : { schedule: randomFaults(new SeededRandom(this.#faultSeed, "storm")) },
    );
    await simulation.run("apply FILE");
    this.expectInvariants(simulation);
  }

  override toString(): string {
    return `apply FILE${this.#faultSeed === undefined ? "" : ` with faults ${this.#faultSeed}`}`;
  }
}

class Apply extends Step {
  readonly #lastStep: number | undefined;

  constructor(lastStep: number | undefined) {
    super();
    this.#lastStep = lastStep;
  }

  async run(model: Model, simulation: Simulation): Promise<void> {
    simulation.disturb({});
    const { outcome } = await simulation.run("apply", { lastStep: this.#lastStep });
    this.expectInvariants(simulation);
    if (outcome?.report?.results.every(({ status }) => status === "applied")) expectDesiredState(model, simulation);
  }

  override toString(): string {
    return `apply${this.#lastStep === undefined ? "" : `, killed at step ${this.#lastStep}`}`;
  }
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
const step = fc.nat(60);
const commands = fc.commands(
  [
    fc
      .tuple(
        key,
        fc.option(fc.constantFrom("Ada", "Zoe"), { nil: undefined }),
        fc.option(fc.constantFrom("Chief", "Boss"), { nil: undefined }),
      )
      .map(([entryKey, name, title]) => new WriteEntry(entryKey, entryOf(entryKey, name, title))),
    key.map((entryKey) => new WriteEntry(entryKey, { ...entryOf(entryKey, undefined, undefined), ensure: "absent" })),
    key.map((entryKey) => new RemoveEntry(entryKey)),
    fc
      .constantFrom<EditKind>(
        "edits a field",
        "edits a name",
        "adds a handle",
        "deletes a contact",
        "merges contacts",
        "writes to us",
        "revokes the token",
      )
      .map((kind) => new TeammateEdit(kind)),
    fc.constant(new GrantToken()),
    fc.constant(new Plan()),
    fc.option(fc.nat(1000), { nil: undefined }).map((faultSeed) => new ApplyFile(faultSeed)),
    fc.option(step, { nil: undefined }).map((lastStep) => new Apply(lastStep)),
  ],
  { maxCommands: 12 },
);

test("all invariants hold for any order of edits, runs and crashes, and the state then converges", async () => {
  using _plain = usePlainRequests(true);
  const entries = { ada: entryOf("ada", "Ada", undefined) };
  const company = {
    contacts: KEYS.map((entryKey) => ({
      handles: [`email:${entryKey}@x.example`, `twitter:${entryKey}`],
      name: "Old",
    })),
  };
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const options = { rate: Number.POSITIVE_INFINITY };
      const simulation = new Simulation(1, { company, options, entries, allowHandleMoves: false });
      await fc.asyncModelRun(
        () => ({ model: { entries, hasPlan: false, isTokenRevoked: false }, real: simulation }),
        steps,
      );
      expect(await converge(simulation)).toEqual([]);
      expect(violationsIn(simulation)).toEqual([]);
    }),
    { numRuns: SCALE.sequences },
  );
});
