import type { Seed, SeedContact } from "../../src/emulator/index.ts";
import { portrait } from "./portrait.ts";

/** A company, and configuration files whose plan resembles the plan of a real migration. */
export interface ReviewCase {
  readonly seed: Seed;
  /** Contents of the files, by path. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Options that allow the number of changes in this plan. */
  readonly flags: string;
}

const FIRST_NAMES = [
  ...["Ada", "Björn", "Carmen", "Dale", "Élodie", "Farid", "Grace", "Harry", "Ines", "Jun", "Kofi", "Lucy", "Margaret"],
  ...["Norma", "Olu", "Priya", "Quentin", "Rosa", "Shelly", "Tomás", "Ursula", "Wanda"],
];
const LAST_NAMES = [
  ...["Briggs", "Cooper", "Diaz", "Eriksen", "Fernández", "Gupta", "Horne", "Ito", "Jennings", "Kowalski", "Li"],
  ...["Moran", "Nakamura", "O'Brien", "Palmer", "Quist", "Rosenfield", "Święty", "Truman", "van Dijk"],
];
const COMPANIES = ["acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "tyrell"];
const OWNERS = ["lucy@twinpeaks.example", "andy@twinpeaks.example"];

/** The kinds of changes, and the number of each in a plan of 330 changes. */
const CHANGE_KINDS = [
  ["upgrade", 58],
  ["upgrade-vip", 12],
  ["join-vip", 101],
  ["create", 32],
  ["create-vip", 30],
  ["owner", 34],
  ["renew", 22],
  ["phone", 12],
  ["describe", 8],
  ["picture", 4],
  ["rename", 3],
  ["leave-press", 3],
  ["clear", 1],
  ["delete", 4],
  ["merge", 3],
] as const;
type ChangeKind = (typeof CHANGE_KINDS)[number][0] | "none";
/** The number of changes. A merge counts as two. */
const TOTAL = CHANGE_KINDS.reduce((sum, [kind, share]) => sum + share * (kind === "merge" ? 2 : 1), 0);

interface Person {
  readonly index: number;
  readonly kind: ChangeKind;
  readonly name: string;
  readonly key: string;
  readonly email: string;
}

/**
 * Returns a configuration and a seed whose plan has about `size` changes, and at least one of each kind. The default is
 * the size of the example plan in the documentation.
 */
export async function reviewCase(size = TOTAL): Promise<ReviewCase> {
  const people = orderKinds(size).map(personAt);
  const unchangedCount = Math.round(size * 0.8);
  const unchangedPeople = Array.from({ length: unchangedCount }, (_, index) => personAt("none", people.length + index));
  const peopleWithPicture = people.filter(({ kind }) => kind === "picture");
  const pictures = await Promise.all(
    peopleWithPicture.map(
      async ({ key, index }) => [`contacts/avatars/${key}.png`, await pictureOf(index + 3)] as const,
    ),
  );
  const contacts = [
    ...people.filter(({ kind }) => kind !== "picture").flatMap(contactsOf),
    ...(await Promise.all(peopleWithPicture.map(withPicture))),
    ...unchangedPeople.map((person) => contactOf(person)),
  ];
  const fields = [
    { name: "Tier", type: "enum", values: ["free", "trial", "pro", "enterprise"] },
    { name: "Renewal", type: "datetime" },
    { name: "Owner", type: "teammate" },
  ];
  return {
    seed: {
      company: { id: "cmp_2f0", name: "Twin Peaks Outfitters" },
      teammates: OWNERS.map((email) => ({ email })),
      lists: ["Press", "Newsletter"],
      custom_fields: fields,
      contacts,
    },
    files: new Map<string, string | Uint8Array>([
      ...pictures,
      ["contacts/company.yaml", COMPANY],
      ...filesOf([...people, ...unchangedPeople]),
    ]),
    flags: `--allow-changes ${people.length * 2} --allow-removals ${people.length * 2}`,
  };
}

const COMPANY = `lists: [VIP, Press, Newsletter]
custom_fields:
  Tier: { type: enum, values: [free, trial, pro, enterprise] }
  Renewal: { type: datetime }
  Owner: { type: teammate }
`;

/** A file may contain at most 5,000 contacts. */
const PER_FILE = 2_000;

function filesOf(people: readonly Person[]): (readonly [string, string])[] {
  const count = Math.ceil(people.length / PER_FILE);
  return Array.from({ length: count }, (_, number) => {
    const entries = people.slice(number * PER_FILE, (number + 1) * PER_FILE).map(entryOf);
    return [`contacts/customers-${number + 1}.yaml`, `contacts:\n${entries.join("")}`] as const;
  });
}

/**
 * Returns the kinds of about `size` changes, in the proportions of `CHANGE_KINDS`. Each kind is distributed evenly,
 * because neighboring entries in a real file also differ.
 */
function orderKinds(size: number): readonly ChangeKind[] {
  const counts = CHANGE_KINDS.map(([kind, share]) => ({
    kind,
    count: Math.max(1, Math.round((share * size) / TOTAL)),
  }));
  const positions = counts.flatMap(({ kind, count }) =>
    Array.from({ length: count }, (_, index) => ({ kind, at: (index + 0.5) / count })),
  );
  return positions.sort((a, b) => a.at - b.at || (a.kind < b.kind ? -1 : 1)).map(({ kind }) => kind);
}

function personAt(kind: ChangeKind, index: number): Person {
  const first = FIRST_NAMES[index % FIRST_NAMES.length] ?? "";
  const last = LAST_NAMES[(index * 7 + Math.floor(index / FIRST_NAMES.length)) % LAST_NAMES.length] ?? "";
  const name = `${first} ${last}`;
  const slug = name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z]+/g, "-")
    .toLowerCase();
  const company = COMPANIES[index % COMPANIES.length] ?? "";
  return { index, kind, name, key: `${slug}-${index + 1}`, email: `${slug}.${index + 1}@${company}.example` };
}

const phoneOf = (index: number) => `+1${202 + Math.floor(index / 10_000)}555${String(index % 10_000).padStart(4, "0")}`;

function contactOf({ index, name, email }: Person, attributes: Partial<SeedContact> = {}): SeedContact {
  return {
    name,
    handles: [`email:${email}`],
    lists: ["Newsletter"],
    description: "Customer since 2021.",
    custom_fields: { Tier: "free" },
    created_at: 1_600_000_000 + index,
    ...attributes,
  };
}

function contactsOf(person: Person): SeedContact[] {
  const { kind, index, email } = person;
  switch (kind) {
    case "create":
    case "create-vip":
      return [];
    case "rename":
      return [contactOf(person, { name: email })];
    case "leave-press":
      return [contactOf(person, { lists: ["Newsletter", "Press"] })];
    case "clear":
      return [contactOf(person, { custom_fields: { Tier: "free", Owner: OWNERS[0] } })];
    case "renew":
      return [contactOf(person, { custom_fields: { Tier: "free", Renewal: 1_700_000_000 + index * 86_400 } })];
    case "merge":
      return [contactOf(person), contactOf(person, { handles: [`email:old.${email}`], lists: ["Press"] })];
    default:
      return [contactOf(person)];
  }
}

async function withPicture(person: Person): Promise<SeedContact> {
  const base64 = Buffer.from(await pictureOf(person.index)).toString("base64");
  return contactOf(person, { avatar: { type: "image/png", base64 } });
}

function pictureOf(seed: number): Promise<Uint8Array> {
  return portrait(seed).png().toBuffer();
}

function entryOf(person: Person): string {
  const { kind, key, name } = person;
  const attributes =
    kind === "delete"
      ? { ensure: "absent", handles: defaultsOf(person)["handles"] }
      : { name: JSON.stringify(name), ...defaultsOf(person), ...editsOf(person) };
  const lines = Object.entries(attributes).map(([attribute, value]) => `    ${attribute}: ${value}\n`);
  return `  ${key}:\n${lines.join("")}`;
}

function defaultsOf({ email }: Person): Readonly<Record<string, string>> {
  return {
    description: "Customer since 2021.",
    handles: `[{ source: email, handle: ${email} }]`,
    lists: "[Newsletter]",
    custom_fields: "{ Tier: free }",
  };
}

function editsOf({ kind, index, key, email }: Person): Readonly<Record<string, string>> {
  const day = `${2027 + (index % 3)}-${String((index % 12) + 1).padStart(2, "0")}-${String((index % 28) + 1).padStart(2, "0")}`;
  const withPhone = `[{ source: email, handle: ${email} }, { source: phone, handle: "${phoneOf(index)}" }]`;
  const edits: Readonly<Record<ChangeKind, Readonly<Record<string, string>>>> = {
    upgrade: { custom_fields: `{ Tier: ${index % 29 === 1 ? "enterprise" : "pro"} }` },
    "upgrade-vip": { custom_fields: "{ Tier: pro }", lists: "[Newsletter, VIP]" },
    "join-vip": { lists: "[Newsletter, VIP]" },
    create: { handles: withPhone, custom_fields: "{ Tier: trial }" },
    "create-vip": { custom_fields: "{ Tier: pro }", lists: "[Newsletter, VIP]" },
    owner: { custom_fields: `{ Tier: free, Owner: ${OWNERS[index % OWNERS.length]} }` },
    renew: { custom_fields: `{ Tier: free, Renewal: ${day} }` },
    phone: { handles: withPhone },
    describe: { description: '"Customer since 2021.\\nPrefers email in the morning.\\nInvoices go to accounting."' },
    picture: { avatar: `avatars/${key}.png` },
    none: {},
    rename: {},
    "leave-press": { exact: "[lists]" },
    clear: { custom_fields: "{ Tier: free, Owner: null }" },
    delete: {},
    merge: { handles: `[{ source: email, handle: ${email} }, { source: email, handle: old.${email} }]`, merge: "true" },
  };
  return edits[kind];
}
