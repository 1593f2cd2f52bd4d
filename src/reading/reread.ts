import { type Desired, handleKey, type RemoteContact } from "../contact.ts";
import type { Company, FrontApi } from "../front/api.ts";
import type { Reading } from "../planning/approval.ts";
import { Holders, identify } from "../planning/identity.ts";
import type { Plan } from "../planning/plan.ts";
import { type ReadOptions, recognisePictures } from "./read.ts";

/** Front's listing may lag, and its clock is only known to the second, so a little more is asked for (front-api.md 12). */
const OVERLAP_SECONDS = 60;

/** Asks Front what moved since a plan was made. The company has been read before, to be sure that it is the plan's. */
export async function rereadFront(
  plan: Plan,
  desired: Desired,
  front: FrontApi,
  { company, ...options }: Omit<ReadOptions, "allowHandleMoves"> & { readonly company: Company },
): Promise<Reading> {
  const moved = await readMoved(plan, desired, front);
  const createsLists = plan.operations.some(({ kind }) => kind === "create-list");
  const fields = moved.length > 0 ? await front.customFields() : [];
  const lists = moved.length > 0 || createsLists ? await front.contactLists() : [];
  const identities = identify(desired.contacts, new Holders(moved), { allowHandleMoves: true });
  const samePictures = await recognisePictures(identities, front, options);
  return { company, fields, lists, moved, samePictures };
}

/** Only what the plan is about is kept. */
async function readMoved({ basis, changes }: Plan, { contacts }: Desired, front: FrontApi): Promise<RemoteContact[]> {
  const ids = new Set(changes.map(({ id }) => id));
  const handles = new Set(contacts.flatMap((entry) => entry.handles.map(handleKey)));
  const moved: RemoteContact[] = [];
  for await (const page of front.contacts({ updatedAfter: Math.max(basis.readAt - OVERLAP_SECONDS, 0) })) {
    for (const contact of page.contacts) {
      const matters = ids.has(contact.id) || contact.handles.some((handle) => handles.has(handleKey(handle)));
      if (matters) moved.push(contact);
    }
  }
  return moved;
}
