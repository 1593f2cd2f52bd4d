import type { Seed } from "../../src/emulator/index.ts";
import { portrait } from "../support/portrait.ts";
import { minimumToApply, minimumToPlan, minimumToVerify, type RequestsByPhase } from "./minimum-requests.ts";
import { companyOf, filesOf, type Person, people } from "./people.ts";

/** A company, its configuration files, and the minimum number of requests to make Front match them. */
export interface Work {
  readonly seed: Seed;
  /** Contents of the files, by path relative to the contacts directory. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** The declared contacts, for the plain script. */
  readonly desired: readonly Person[];
  readonly flags?: readonly string[];
  /** True if the first plan may exceed the minimum, because the size of the company is unknown. */
  readonly isSizeUnknown?: boolean;
  readonly minimum: RequestsByPhase;
}

interface Case {
  readonly about: (size: number) => string;
  /** Number of contacts in a benchmark run. */
  readonly size: number;
  readonly make: (size: number) => Promise<Work>;
}

const TOWN = "Townspeople";
const NOTHING_TO_DO = { apply: 0, verification: 0 };

const TUTORIAL: Person = {
  key: "dale-cooper",
  name: "Dale Cooper",
  description: "Special agent of the FBI",
  handles: [
    { source: "email", handle: "dale.cooper@fbi.example" },
    { source: "email", handle: "coop@great-northern.example" },
  ],
  links: ["https://twinpeaks.fandom.com/wiki/Dale_Cooper"],
  lists: ["Twin Peaks Characters"],
  customFields: { "Job Title": "FBI Special Agent", Location: "Las Vegas" },
  avatar: "avatars/dale-cooper.png",
};

export const CASES: Readonly<Record<string, Case>> = {
  tutorial: {
    about: () => "creation of the tutorial's contact, with its list and its picture",
    size: 1,
    async make() {
      return {
        seed: {},
        files: new Map<string, string | Uint8Array>([
          ...filesOf([TUTORIAL], 1, TUTORIAL.lists),
          ["avatars/dale-cooper.png", await portrait(0).png().toBuffer()],
        ]),
        desired: [TUTORIAL],
        minimum: {
          plan: minimumToRead(0, 2),
          apply: minimumToApply({ listsCreated: 1, created: 1, createdWithLists: 1, pictures: 1 }),
          verification: minimumToVerify({ listed: 1 }),
        },
      };
    },
  },
  new: {
    about: (size) => `${formatCount(size)} new contacts, in an empty company`,
    size: 1000,
    async make(size) {
      return workFor(people(size), [], {
        plan: minimumToRead(0, 2 * size),
        apply: minimumToApply({ created: size, createdWithLists: size }),
        verification: minimumToVerify({ listed: size }),
      });
    },
  },
  unchanged: {
    about: (size) => `${formatCount(size)} contacts that match the configuration`,
    size: 10_000,
    async make(size) {
      const desired = people(size);
      return workFor(desired, desired, { plan: minimumToRead(size, size), ...NOTHING_TO_DO });
    },
  },
  drift: {
    about: (size) => `${formatCount(size)} contacts, 1% of which have a different custom field value`,
    size: 10_000,
    async make(size) {
      const desired = people(size);
      const remote = desired.map((person, index) => (index % 100 === 0 ? withOtherLocation(person) : person));
      const changedCount = Math.ceil(size / 100);
      return workFor(desired, remote, {
        plan: minimumToRead(size, size),
        apply: minimumToApply({ customFieldsChanged: changedCount }),
        verification: minimumToVerify({ listed: changedCount }),
      });
    },
  },
  few: fewAmongMany(50, 100_000),
  twenty: fewAmongMany(20, 20_000),
  list: {
    about: (size) => `${formatCount(size)} existing contacts that join one list`,
    size: 1000,
    async make(size) {
      const desired = people(size, { lists: ["Invited"] });
      const remote = desired.map((person) => ({ ...person, lists: [TOWN] }));
      const work = workFor(desired, remote, {
        plan: minimumToRead(size, size),
        apply: minimumToApply({ joining: size }),
        verification: minimumToVerify({ unlisted: size, members: size }),
      });
      return { ...work, seed: companyOf(remote, [TOWN, "Invited"]), flags: ["--allow-changes", String(size)] };
    },
  },
  avatars: {
    about: (size) => `${formatCount(size)} existing contacts that receive a picture`,
    size: 200,
    async make(size) {
      const remote = people(size);
      const desired = remote.map((person) => ({ ...person, avatar: `avatars/${person.key}.png` }));
      const pictures = await Promise.all(desired.map((_, index) => portrait(index).png().toBuffer()));
      const work = workFor(desired, remote, {
        plan: minimumToRead(size, size),
        apply: minimumToApply({ pictures: size }),
        verification: minimumToVerify({ listed: size }),
      });
      const pictureFiles = desired.map(({ avatar }, index) => [avatar, pictures[index] ?? ""] as const);
      return { ...work, files: new Map([...work.files, ...pictureFiles]), flags: ["--allow-changes", String(size)] };
    },
  },
};

/**
 * Returns a case whose declared contacts are spread over a large company, because real configurations declare both old
 * and new contacts.
 */
function fewAmongMany(count: number, size: number): Case {
  return {
    about: (companySize) => `${count} declared contacts among ${formatCount(companySize)}`,
    size,
    async make(companySize) {
      const remote = people(companySize);
      const [step, first] = [Math.floor(companySize / count), Math.floor(companySize / (2 * count))];
      const desired = remote.filter((_, index) => index % step === first).slice(0, count);
      const work = workFor(desired, remote, { plan: minimumToRead(companySize, count), ...NOTHING_TO_DO });
      return { ...work, isSizeUnknown: true };
    },
  };
}

/** Returns the work to make a company with the contacts `remote` match the configuration of `desired`. */
function workFor(desired: readonly Person[], remote: readonly Person[], minimum: RequestsByPhase): Work {
  return { seed: companyOf(remote, [TOWN]), files: filesOf(desired, 1000), desired, minimum };
}

/** Returns the minimum number of requests of a plan that also reads the custom fields and the lists. */
function minimumToRead(existing: number, lookUps: number): number {
  return minimumToPlan({ fields: true, lists: true, existing, lookUps });
}

function withOtherLocation(person: Person): Person {
  return { ...person, customFields: { ...person.customFields, Location: "elsewhere" } };
}

function formatCount(size: number): string {
  return size.toLocaleString("en");
}
