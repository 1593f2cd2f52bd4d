/** One address at which a contact is reached. */
export interface Handle {
  readonly source: string;
  readonly handle: string;
}

export interface Avatar {
  readonly type: string;
  /** Undefined when a copy of a company was made without its pictures: the address is shown, and nothing is there. */
  readonly bytes: Uint8Array | undefined;
  /** The address that the original company shows, in a copy of it. */
  readonly url?: string;
  /** The number in the avatar's address: milliseconds, and different at every upload. */
  readonly version: number;
}

/** Draws a picture anew, so that its bytes differ; undefined where it cannot be decoded. `resized` makes it small, too. */
export type RedrawAvatar = (
  bytes: Uint8Array,
  how: "reencoded" | "resized",
) => Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined>;

export interface Note {
  /** The id of the teammate who wrote it. */
  readonly author: string;
  readonly body: string;
  readonly createdAt: number;
}

/** A contact as the emulator keeps it. Times are epoch milliseconds. */
export interface Contact {
  readonly id: string;
  /** The number in its id: the order of creation where times are equal. */
  readonly sequence: number;
  name: string | null;
  /** A name that a person or an API client gave, rather than one taken from a message: merges prefer it. */
  nameEdited: boolean;
  description: string;
  handles: Handle[];
  links: string[];
  listIds: string[];
  /** A map, because names are free text: `__proto__` is a legal one. */
  customFields: Map<string, unknown>;
  isPrivate: boolean;
  avatar: Avatar | undefined;
  notes: Note[];
  /** How many conversations the contact took part in. */
  conversations: number;
  /** Properties shown in place of the contact's own until they are written, and such as the emulator does not know. */
  readonly shownAs: Map<string, unknown>;
  readonly createdAt: number;
  updatedAt: number;
}

export interface List {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  /** False in a copy of a company for a list that contacts show and the listing of lists does not. */
  readonly isListed: boolean;
}

export interface Account {
  readonly id: string;
  readonly sequence: number;
  name: string;
  description: string | null;
  domains: string[];
  readonly externalId: string | null;
  customFields: Map<string, unknown>;
  contactIds: Set<string>;
  readonly createdAt: number;
  updatedAt: number;
}

export interface FieldDefinition {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** One of Front's types; others may be seeded, and their values are kept but cannot be changed. */
  readonly type: string;
  readonly values?: readonly { readonly value: string; readonly label: string }[];
}

export interface Teammate {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface Inbox {
  readonly id: string;
  readonly name: string;
}

export interface Company {
  readonly id: string;
  readonly name: string;
}

/** What is remembered of a token or a code: whose it is, and until when it is good (epoch milliseconds). */
export interface Issued {
  readonly clientId: string;
  readonly expiresAt: number;
}

interface IssuedCode extends Issued {
  readonly redirectUri: string;
}

/** The applications that may sign in, and what was given to them. */
export interface OauthState {
  /** Secrets by client id. */
  readonly clients: Map<string, string>;
  readonly refreshTokens: Map<string, Issued>;
  readonly accessTokens: Map<string, Issued>;
  /** Good for minutes and once, so they are not kept on the disk. */
  readonly codes: Map<string, IssuedCode>;
}
