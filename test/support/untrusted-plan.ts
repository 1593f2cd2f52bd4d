import type { Plan } from "../../src/model/plan.ts";
import { desiredContact, desiredState, locationAt, planFor, remoteContact, remoteState } from "./builders.ts";

/** Text that teammates and senders of emails can choose. */
export interface UntrustedNames {
  readonly company: string;
  readonly before: string;
  readonly name: string;
  readonly list: string;
  readonly field: string;
  readonly handle: string;
}

/**
 * Returns a plan that creates, updates, merges and deletes contacts with untrusted text. Old and new values differ,
 * because equal values are not shown.
 */
export function untrustedPlan({ company, before, name, list, field, handle }: UntrustedNames): Plan {
  const contacts = [
    desiredContact("ada@x.example", {
      name: `${name}1`,
      lists: [`${list}1`],
      customFields: { [`${field}1`]: `${name}3` },
    }),
    desiredContact("bob@x.example", {
      name: `${name}2`,
      handles: [{ source: "custom", handle: `${handle}1`, location: locationAt(11) }],
    }),
    desiredContact(["cyd@x.example", "cyd@y.example"], { merge: true }),
    desiredContact("eve@x.example", { ensure: "absent" }),
  ];
  const links = [`https://x.example/${before}`];
  const remotes = [
    remoteContact("ada@x.example", {
      name: `${before}0`,
      description: `${before}3`,
      customFields: { [`${field}1`]: `${before}2` },
    }),
    remoteContact("cyd@x.example", { name: `${before}4` }),
    remoteContact("cyd@y.example", { id: "crd_other", name: `${before}5` }),
    remoteContact("eve@x.example", { name: `${before}6`, links, lists: [`${list}2`] }),
  ];
  const state = remoteState(remotes, { fields: { [`${field}1`]: "string" } });
  return planFor(desiredState(contacts, { lists: [`${list}1`] }), {
    ...state,
    company: { id: "cmp_1", name: company },
  });
}
