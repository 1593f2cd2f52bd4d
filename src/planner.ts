import type { Desired, List, RemoteContact } from "./contact.ts";
import { type Planned, planContact, planList } from "./contact-plan.ts";
import { type Diagnostic, hasErrors } from "./diagnostic.ts";
import type { Company, FieldDefinition } from "./front/api.ts";
import { explainIdentity, Holders, identify } from "./identity.ts";
import { planMemberships } from "./memberships.ts";
import { type Coverage, countRequests, type Operation, type OperationKind, type Plan } from "./plan.ts";
import { resolveDesired } from "./resolve.ts";

/** What was read of Front: enough to plan with, and no more. */
export interface FrontState {
  readonly company: Company;
  /** Empty when the files need none, and then not read. */
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  /** Every contact that holds a declared handle or has a pinned id. */
  readonly contacts: readonly RemoteContact[];
  /** Ids of the contacts whose avatar in Front is the picture that the files want. */
  readonly samePictures: ReadonlySet<string>;
  readonly coverage: Coverage;
}

/** Works out what would make Front match the files. Reads nothing and sends nothing. */
export function planChanges(desired: Desired, front: FrontState): Plan {
  const resolution = resolveDesired(desired, front);
  const identities = identify(desired.contacts, new Holders(front.contacts));
  const planned: Planned[] = [
    ...resolution.missingLists.map((name) => planList(name, desired.lists)),
    ...resolution.contacts.map((wanted) => planContact(wanted, identities.get(wanted.desired), front.samePictures)),
  ].filter((each) => each !== undefined);
  const diagnostics = [
    ...checkCompany(desired, front.company),
    ...resolution.diagnostics,
    ...desired.contacts.flatMap((contact) => explainIdentity(contact, identities.get(contact))),
  ];
  const sound = !hasErrors(diagnostics);
  const operations = sound ? inAcceptableOrder(planned) : [];
  return {
    company: front.company,
    coverage: front.coverage,
    declared: desired.contacts.length,
    changes: sound ? planned.map(({ change }) => change).filter(({ differences }) => differences.length > 0) : [],
    operations,
    requests: countRequests(operations),
    diagnostics,
  };
}

/** The files may say which company they are for, and then they are for no other. */
export function checkCompany({ settings }: Desired, company: Company): Diagnostic[] {
  if (settings.company === undefined || settings.company === company.id) return [];
  return [
    {
      severity: "error",
      code: "company-differs",
      summary: `These files are for the company ${settings.company}, but the token belongs to ${company.id}`,
      advice: "Use a token of that company, or change settings.company if the files were moved on purpose.",
    },
  ];
}

/** Nothing may be referred to before it exists, and what concerns many contacts comes last. */
const ORDER: readonly OperationKind[] = [
  "create-list",
  "create-contact",
  "update-contact",
  "add-handle",
  "upload-avatar",
  "add-to-list",
];

function inAcceptableOrder(planned: readonly Planned[]): Operation[] {
  const operations = [...planned.flatMap((each) => each.operations), ...planMemberships(planned)];
  return operations.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}
