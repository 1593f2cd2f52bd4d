import { type Problems, requiredText, throwIfAny } from "./body-fields.ts";
import { apiOrigin } from "./encode.ts";
import { badRequest } from "./error-response.ts";
import type { Contact, Note } from "./model.ts";
import type { Store } from "./store.ts";

/** Adds a note. The author is a teammate's id or `alt:email:…`. */
export function addNote(store: Store, contact: Contact, fields: Readonly<Record<string, unknown>>): Note {
  const problems: Problems = [];
  const sent = requiredText(fields, "author_id", problems);
  const body = requiredText(fields, "body", problems);
  throwIfAny(problems);
  const author = store.settings.teammates.find(({ id, email }) => id === sent || `alt:email:${email}` === sent);
  if (author === undefined) throw badRequest("body.author_id: unknown teammate");
  const note = { author: author.id, body, createdAt: store.now() };
  contact.notes.push(note);
  store.revision += 1;
  return note;
}

interface Conversation {
  readonly sequence: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly view: unknown;
}

/** Returns invented conversations; only their number is stored. */
export function conversationsOf(store: Store, contact: Contact): Conversation[] {
  const { createdAt } = contact;
  return Array.from({ length: contact.conversations }, (_, index) => {
    const id = `cnv_${contact.id.slice(4)}x${index.toString(36)}`;
    const self = `${apiOrigin(store.settings.company)}/conversations/${id}`;
    const view = {
      ...{ _links: { self }, id, subject: `Conversation ${index + 1}`, status: "archived" },
      ...{ assignee: null, tags: [], is_private: false, created_at: createdAt / 1000 },
    };
    return { sequence: index, createdAt, updatedAt: createdAt, view };
  });
}
