import type { CompanyOptions, Seed } from "../../src/emulator/index.ts";
import { usePlainRequests } from "../support/plain-request.ts";
import { ACCOUNT_FIELDS, ACME, type AccountEntries } from "./account-entries.ts";
import { violationsIn } from "./invariants.ts";
import type { SentRequest } from "./network.ts";
import type { Entries, ListEntries } from "./scenario.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type Run, Simulation } from "./simulation.ts";

/** A company, and entries whose plan contains the operations to test. */
interface Case {
  readonly company: Seed;
  readonly entries: Entries;
  readonly lists?: ListEntries;
  readonly accounts?: AccountEntries;
  readonly options?: CompanyOptions;
  readonly allowHandleMoves?: boolean;
}

const email = (name: string) => ({ source: "email", handle: `${name}@x.example` });
const phone = { source: "phone", handle: "+44 20 7946 0111" };
const person = (name: string, attributes: object = {}) => ({ handles: [email(name)], name: "Eva", ...attributes });
const ACCOUNTS = [ACME];
const acme = { domain: "acme.example" };
const lists = ["Alpha", "Beta"];

/** Cases for every kind of operation, and for operations that depend on other operations. */
const CASES: Readonly<Record<string, Case>> = {
  "create-list": {
    company: { lists, contacts: [person("ada")] },
    entries: { ada: { ...person("ada"), lists: ["Gamma"] } },
  },
  "create-list, with a contact to create": {
    company: { lists },
    entries: { ada: { handles: [email("ada")], lists: ["Gamma"] } },
  },
  "create-list, if Front rejects a duplicate": {
    company: { lists, contacts: [person("ada")] },
    entries: { ada: { ...person("ada"), lists: ["Gamma"] } },
    options: { behavior: { sameListName: "refuse" } },
  },
  "create-list in a workspace, with a contact to create": {
    company: { lists, contacts: [person("ada")] },
    entries: { ada: { ...person("ada"), lists: ["Gamma"] }, bob: { handles: [email("bob")], lists: ["Gamma"] } },
    lists: { Gamma: { team: "tim_1b" } },
  },
  "delete-list, with contacts on it": {
    company: { lists, contacts: [person("ada", { lists: ["Alpha"] }), person("bob", { lists: ["Alpha"] })] },
    entries: {},
    lists: { Alpha: { ensure: "absent" } },
  },
  "delete-list after a contact left the list": {
    company: { lists, contacts: [person("ada", { lists: ["Alpha"] }), person("bob", { lists: ["Alpha"] })] },
    entries: { ada: { handles: [email("ada")], lists: [], exact: ["lists"] } },
    lists: { Alpha: { ensure: "absent" } },
  },
  "remove-from-list and add-to-list, for a list with exact members": {
    company: {
      lists,
      contacts: [person("ada"), person("bob", { lists: ["Alpha"] }), person("cyd", { lists: ["Alpha"] })],
    },
    entries: { ada: { handles: [email("ada")], lists: ["Alpha"] } },
    lists: { Alpha: { members: "exact" } },
  },
  "remove-from-list after a merge, for a list with exact members": {
    company: { lists, contacts: [person("ada"), person("bob", { lists: ["Alpha"] })] },
    entries: { ada: { handles: [email("ada"), email("bob")], merge: true } },
    lists: { Alpha: { members: "exact" } },
  },
  "remove-from-list after a handle moved, for a list with exact members": {
    company: {
      lists,
      contacts: [person("ada", { lists: ["Alpha"] }), { handles: [email("bob"), phone], lists: ["Alpha"] }],
    },
    entries: { ada: { handles: [email("ada"), phone], lists: ["Alpha"] } },
    lists: { Alpha: { members: "exact" } },
    allowHandleMoves: true,
  },
  "create-contact": {
    company: { lists },
    entries: { ada: { handles: [email("ada"), phone], name: "Ada", lists: ["Alpha"] } },
  },
  "create-contact and link-account, for two contacts": {
    company: { lists, accounts: ACCOUNTS },
    entries: { ada: { handles: [email("ada")], account: acme }, bob: { handles: [email("bob")], account: acme } },
  },
  "update-contact": {
    company: { lists, contacts: [person("ada", { custom_fields: { Location: "kept" } })] },
    entries: { ada: { handles: [email("ada")], name: "Ada", custom_fields: { "Job Title": "Chief" } } },
  },
  "add-handle": { company: { lists, contacts: [person("ada")] }, entries: { ada: { handles: [email("ada"), phone] } } },
  "remove-handle": {
    company: { lists, contacts: [{ handles: [email("ada"), phone] }] },
    entries: { ada: { handles: [email("ada")], exact: ["handles"] } },
  },
  "remove-handle, to move it": {
    company: { lists, contacts: [{ handles: [email("ada"), phone] }, person("bob")] },
    entries: { ada: { handles: [email("ada")] }, bob: { handles: [email("bob"), phone] } },
  },
  "upload-avatar": {
    company: { lists, contacts: [person("ada")] },
    entries: { ada: { handles: [email("ada")], avatar: "one.png" } },
  },
  "upload-avatar of a new contact": {
    company: { lists },
    entries: { ada: { handles: [email("ada")], avatar: "one.png" } },
  },
  "merge-contacts": {
    company: { lists, contacts: [person("ada"), { handles: [phone], name: "Bob" }] },
    entries: { ada: { handles: [email("ada"), phone], merge: true, name: "Ada" } },
  },
  "merge-contacts and link-account, for two contacts": {
    company: {
      lists,
      accounts: ACCOUNTS,
      contacts: [person("ada"), person("ada2"), person("bob"), person("bob2")],
    },
    entries: {
      ada: { handles: [email("ada"), email("ada2")], merge: true, account: acme },
      bob: { handles: [email("bob"), email("bob2")], merge: true, account: acme },
    },
  },
  "add-to-list": {
    company: { lists, contacts: [person("ada")] },
    entries: { ada: { ...person("ada"), lists: ["Alpha"] } },
  },
  "remove-from-list": {
    company: { lists, contacts: [person("ada", { lists: ["Alpha"] })] },
    entries: { ada: { handles: [email("ada")], lists: [], exact: ["lists"] } },
  },
  "link-account": {
    company: { lists, accounts: ACCOUNTS, contacts: [person("ada")] },
    entries: { ada: { handles: [email("ada")], account: acme } },
  },
  "unlink-account": {
    company: {
      lists,
      contacts: [person("ada", { id: "crd_ada" })],
      accounts: [...ACCOUNTS, { name: "Beta", domains: ["beta.example"], contacts: ["crd_ada"] }],
    },
    entries: {
      ada: { handles: [email("ada")], account: acme },
      gone: { handles: [email("gone")], ensure: "absent", account: { domain: "beta.example" } },
    },
  },
  "create-account and link-account, for an account that both runs create": {
    company: { lists, contacts: [person("ada")], account_custom_fields: ACCOUNT_FIELDS },
    entries: { ada: { ...person("ada"), account: "beta" } },
    accounts: {
      beta: { name: "Beta", domains: ["beta.example"], external_id: "B-1", custom_fields: { Tier: "Gold" } },
    },
  },
  "create-account, if Front accepts a duplicate": {
    company: { lists, contacts: [person("ada")] },
    entries: { ada: { ...person("ada"), account: "beta" } },
    accounts: { beta: { name: "Beta", domains: ["beta.example"] } },
    options: { behavior: { sameAccount: "allow" } },
  },
  "update-account": {
    company: {
      lists,
      account_custom_fields: ACCOUNT_FIELDS,
      accounts: [{ ...ACME, custom_fields: { Tier: "Silver", Size: 7 } }],
    },
    entries: {},
    accounts: {
      acme: { name: "Acme Inc.", domains: ["acme.example", "acme2.example"], custom_fields: { Tier: "Gold" } },
    },
  },
  "delete-account, with a contact in it": {
    company: {
      lists,
      contacts: [person("ada", { id: "crd_ada" })],
      accounts: [{ name: "Acme", external_id: "A-1", contacts: ["crd_ada"] }],
    },
    entries: {},
    accounts: { acme: { ensure: "absent", external_id: "A-1" } },
  },
  "delete-contact": {
    company: { lists, contacts: [person("ada"), person("bob")] },
    entries: { ada: { handles: [email("ada")], ensure: "absent" }, bob: { handles: [email("bob")], name: "Bob" } },
  },
};

export interface InterleavingResults {
  readonly triedOrders: Readonly<Record<string, number>>;
  readonly kinds: readonly string[];
  /** The violations of invariants, each with the order of the requests. */
  readonly violations: readonly string[];
}

export async function interleave(maximum: number): Promise<InterleavingResults> {
  using _plain = usePlainRequests(true);
  const triedOrders: Record<string, number> = {};
  const kinds = new Set<string>();
  const violations: string[] = [];
  for (const [name, testCase] of Object.entries(CASES)) {
    const orders = new Orders(maximum, name);
    do {
      const { problems, applied } = await applyTwice(testCase, orders);
      for (const kind of applied) kinds.add(kind);
      violations.push(...problems.map((problem) => `${name}, ${orders.text}: ${problem}`));
    } while (orders.next() && violations.length < 20);
    triedOrders[name] = orders.triedOrders;
  }
  return { triedOrders, kinds: [...kinds], violations };
}

/** Enumerates orders depth first, and continues with random orders after half of the maximum. */
class Orders {
  triedOrders = 0;
  readonly #maximum: number;
  readonly #random: SeededRandom;
  /** The choices of the current order, each with the number of alternatives. */
  #path: { choice: number; readonly count: number }[] = [];
  #step = 0;
  #isRandom = false;

  constructor(maximum: number, name: string) {
    this.#maximum = maximum;
    this.#random = new SeededRandom(1, name);
  }

  get text(): string {
    return `order ${this.#path
      .slice(0, this.#step)
      .map(({ choice }) => choice)
      .join("")}`;
  }

  /** Returns the index of the next request to process. `count` is the number of waiting requests. */
  choose(count: number): number {
    const previous = this.#path[this.#step];
    const choice = previous?.choice ?? (this.#isRandom ? this.#random.between(0, count - 1) : 0);
    if (previous === undefined) this.#path.push({ choice, count });
    this.#step += 1;
    return choice;
  }

  /** Starts the next order. Returns false if all orders or the maximum number of orders were tried. */
  next(): boolean {
    this.triedOrders += 1;
    this.#step = 0;
    if (this.triedOrders >= this.#maximum) return false;
    if (this.triedOrders >= this.#maximum / 2) this.#isRandom = true;
    if (this.#isRandom) {
      this.#path = [];
      return true;
    }
    while (this.#path.length > 0) {
      const last = this.#path.at(-1);
      if (last !== undefined && last.choice + 1 < last.count) {
        last.choice += 1;
        return true;
      }
      this.#path.pop();
    }
    return false;
  }
}

async function applyTwice({ options = {}, allowHandleMoves = false, ...rest }: Case, orders: Orders) {
  const scenario = { ...rest, allowHandleMoves, options: { ...options, rate: Number.POSITIVE_INFINITY } };
  const simulation = new Simulation(1, scenario);
  const runs = await applyTogether(simulation, orders);
  const problems = runs.flatMap((run) => failuresOf(run));
  await simulation.endDisturbances();
  const { outcome } = await simulation.run("apply");
  const operations = outcome?.plan?.operations.map(({ id }) => id) ?? [];
  const errors = outcome?.plan?.diagnostics.map(({ summary }) => summary) ?? [];
  return {
    applied: runs.flatMap((run) => run.outcome?.report?.results.map(({ operation }) => operation.kind) ?? []),
    problems: [
      ...problems,
      ...violationsIn(simulation),
      ...[...operations, ...errors].map((problem) => `the third run has: ${problem}`),
    ],
  };
}

/** Returns a problem for each operation that was not applied, and a problem if there were no operations. */
function failuresOf({ process, outcome }: Run): string[] {
  const results = outcome?.report?.results ?? [];
  const failedResults = results.filter(({ status }) => status !== "applied");
  const nothing = results.length === 0 ? [`${process.name} applied nothing`] : [];
  return [
    ...nothing,
    ...failedResults.map(
      (result) => `${process.name}: ${result.operation.id} ${"message" in result ? result.message : ""}`,
    ),
  ];
}

/** Runs two applies. After both have planned, their requests reach Front one by one, in the order of `orders`. */
async function applyTogether(simulation: Simulation, orders: Orders): Promise<readonly Run[]> {
  const { network, time } = simulation;
  const waitingRequests: { readonly request: SentRequest; readonly go: () => void }[] = [];
  network.gate = (request) => new Promise((go) => waitingRequests.push({ request, go }));
  let isDone = false;
  const dispatcher = (async () => {
    while (!isDone) {
      await time.sleep(1, "gate");
      const planning = waitingRequests.filter(({ request }) => request.process.plannedOperations.length === 0);
      const choices = planning.length > 0 ? planning.slice(0, 1) : waitingRequests;
      const chosenRequest = choices.length > 1 ? choices[orders.choose(choices.length)] : choices[0];
      waitingRequests.splice(0, waitingRequests.length, ...waitingRequests.filter((other) => other !== chosenRequest));
      chosenRequest?.go();
    }
  })();
  try {
    return await simulation.runSimultaneously(["apply", "apply"]);
  } finally {
    isDone = true;
    network.gate = undefined;
    await time.until(dispatcher, 1000);
  }
}
