import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "@jest/globals";
import type { LoggedRequest } from "../../src/emulator/index.ts";
import { SCALE, sample } from "../scale.ts";
import { portrait } from "../support/portrait.ts";
import { Program } from "../support/program.ts";
import { Sandbox } from "../support/sandbox.ts";

/**
 * A configuration whose apply creates a list and contacts, adds contacts to the list, uploads an avatar, and updates a
 * contact that has an unmanaged custom field.
 */
const FILES = `contacts:
  dale:
    name: Dale Cooper
    handles: [{ source: email, handle: dale@fbi.example }, { source: email, handle: coop@fbi.example }]
    custom_fields: { Job Title: FBI Special Agent }
    lists: [Characters]
  harry:
    handles: [{ source: email, handle: harry@sheriff.example }]
    lists: [Characters]
  laura:
    handles: [{ source: email, handle: laura@peaks.example }]
    avatar: laura.png
  lucy:
    handles: [{ source: email, handle: lucy@sheriff.example }]
lists: [Characters]
`;

const APPLY = "apply --auto-approve --parallelism 2";
/** Number of concurrent runs, enough to keep two processors busy. */
const CONCURRENCY = 3;

let picture = new Uint8Array();
let undisturbed: Awaited<ReturnType<typeof applyUndisturbed>>;
beforeAll(async () => {
  picture = await portrait(7).png().toBuffer();
  undisturbed = await applyUndisturbed();
});

/**
 * The progress of the request when the process is killed. A quick run tests only the first of these moments, because
 * the crash simulation stops applies at all three.
 */
const MOMENTS = ["processed", "not processed", "response sent"] as const;
type Moment = (typeof MOMENTS)[number];

interface Hooks {
  onRequest?: () => Promise<void>;
  onResponse?: () => void;
}

/** An emulator with an unmanaged contact and a managed one. Starts applies and kills them. */
class KillSetup implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly #hooks: Hooks;

  private constructor(sandbox: Sandbox, hooks: Hooks) {
    this.sandbox = sandbox;
    this.#hooks = hooks;
  }

  static async create(): Promise<KillSetup> {
    const hooks: Hooks = {};
    const sandbox = await Sandbox.withFront({
      latency: 2,
      onRequest: () => hooks.onRequest?.(),
      onResponse: () => hooks.onResponse?.(),
    });
    sandbox.write("contacts/all.yaml", FILES).write("contacts/laura.png", picture);
    await sandbox.front.asTeammate("POST", "/contacts", {
      handles: [{ source: "email", handle: "dale@fbi.example" }],
      custom_fields: { Location: "Spokane" },
    });
    await sandbox.front.asTeammate("POST", "/contacts", {
      handles: [{ source: "email", handle: "audrey@peaks.example" }],
      name: "Audrey Horne",
    });
    return new KillSetup(sandbox, hooks);
  }

  /** Kills an apply at its nth request. Returns false if the apply ended before this request. */
  async killAt(nth: number, moment: Moment): Promise<boolean> {
    await using program = Program.start(APPLY, this.sandbox);
    const { front } = this.sandbox;
    let count = 0;
    this.#hooks.onRequest = async () => {
      count += 1;
      if (count !== nth || moment === "response sent") return;
      if (moment === "not processed") front.faults = [{ kind: "reset-before", times: 1 }];
      program.send("SIGKILL");
      await program.exited;
    };
    let responses = 0;
    this.#hooks.onResponse = () => {
      responses += 1;
      if (responses === nth && moment === "response sent") program.send("SIGKILL");
    };
    return await this.#isKilled(program);
  }

  /** Kills an apply `milliseconds` after its first request. Returns false if the apply ended earlier. */
  async killAfter(milliseconds: number): Promise<boolean> {
    await using program = Program.start(APPLY, this.sandbox);
    let isScheduled = false;
    this.#hooks.onRequest = async () => {
      if (isScheduled) return;
      isScheduled = true;
      void sleep(milliseconds).then(() => program.send("SIGKILL"));
    };
    return await this.#isKilled(program);
  }

  async #isKilled(program: Program): Promise<boolean> {
    const { signal } = await program.exited;
    delete this.#hooks.onRequest;
    delete this.#hooks.onResponse;
    this.sandbox.front.faults = [];
    return signal === "SIGKILL";
  }

  /** Returns the names of all lists, and for each contact the properties that the apply can change. */
  async readFront() {
    const contacts = (await this.sandbox.list("/contacts")).map(summarize);
    const lists = await this.sandbox.list("/contact_lists");
    return {
      contacts: contacts.sort((one, other) => (one.handles < other.handles ? -1 : 1)),
      lists: lists.map(({ name }) => name),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
  }
}

interface Contact {
  readonly name: string | null;
  readonly avatar_url: string | null;
  readonly custom_fields: object;
  readonly handles: readonly { readonly handle: string }[];
  readonly groups: readonly { readonly name: string }[];
}

function summarize({ name, avatar_url, custom_fields, handles, groups }: Contact) {
  const handleTexts = handles.map(({ handle }) => handle).sort();
  const lists = groups.map((group) => group.name);
  return { handles: handleTexts.join(), name, custom_fields, lists, picture: avatar_url !== null };
}

/** Returns the contacts and lists after an apply that is not killed, and the number of its requests. */
async function applyUndisturbed() {
  await using setup = await KillSetup.create();
  const { sandbox } = setup;
  await sandbox.succeed(APPLY);
  return { requests: sandbox.front.requests.filter(isFromProgram).length, expected: await setup.readFront() };
}

const isFromProgram = ({ headers }: LoggedRequest) => headers["authorization"] !== undefined;

/** Calls `act` concurrently for the numbers from 1 to `count`. A quick run skips most of the numbers. */
async function forEach(count: number, act: (number: number) => Promise<void>): Promise<void> {
  const allNumbers = Array.from({ length: count }, (_, index) => index + 1);
  const numbers = allNumbers.filter((number) => number % SCALE.killEvery === 0).values();
  const work = async () => {
    for (const number of numbers) await act(number);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

test.each(sample(MOMENTS, MOMENTS.length))(
  "after an apply is killed at any request (%s) and again during recovery, the next run completes the apply",
  async (moment) => {
    const { requests, expected } = undisturbed;
    expect(requests).toBeGreaterThan(10);
    await forEach(requests, async (nth) => {
      await using setup = await KillSetup.create();
      const { sandbox } = setup;
      expect({ nth, killed: await setup.killAt(nth, moment) }).toEqual({ nth, killed: true });
      await setup.killAfter((nth * 31) % 90);
      const { code, err } = await sandbox.run(APPLY);
      expect({ nth, code, err }).toMatchObject({ nth, code: 0 });
      expect({ nth, ...(await setup.readFront()) }).toEqual({ nth, ...expected });
    });
  },
);

test("an apply that is killed repeatedly completes in the first run that is not killed", async () => {
  const { expected } = undisturbed;
  await using setup = await KillSetup.create();
  const { sandbox } = setup;
  expect(await setup.killAfter(0)).toBe(true);
  for (let milliseconds = 8; milliseconds <= 88; milliseconds += SCALE.killPause) await setup.killAfter(milliseconds);
  await sandbox.succeed(APPLY);
  expect(await setup.readFront()).toEqual(expected);
  await sandbox.succeed("plan --detailed-exitcode");
});
