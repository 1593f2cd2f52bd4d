/** An address of a contact. */
export interface Handle {
  readonly source: string;
  readonly handle: string;
}

export interface Avatar {
  readonly type: string;
  /** Undefined in a snapshot without pictures: the URL is displayed, but leads to nothing. */
  readonly bytes: Uint8Array | undefined;
  /** The URL in the original company, if this is a copy. */
  readonly url?: string;
  /** The number in the avatar's URL: milliseconds, different for every upload. */
  readonly version: number;
}

/** Re-encodes a picture, so that its bytes differ; undefined if it cannot be decoded. `resized` also shrinks it. */
export type RedrawAvatar = (
  bytes: Uint8Array,
  how: "reencoded" | "resized",
) => Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined>;

export interface Note {
  /** The author's teammate id. */
  readonly author: string;
  readonly body: string;
  readonly createdAt: number;
}

/** A stored contact. Times are epoch milliseconds. */
export interface Contact {
  readonly id: string;
  /** The number in the id: the order of creation if times are equal. */
  readonly sequence: number;
  name: string | null;
  /** True if a person or API client set the name, and Front did not take it from a message. Merges prefer it. */
  nameEdited: boolean;
  description: string;
  handles: Handle[];
  links: string[];
  listIds: string[];
  /** A map, because names are free text, such as `__proto__`. */
  customFields: Map<string, unknown>;
  isPrivate: boolean;
  avatar: Avatar | undefined;
  notes: Note[];
  conversations: number;
  /** Properties that replace the contact's own in responses until they are written, and unknown properties. */
  readonly shownAs: Map<string, unknown>;
  readonly createdAt: number;
  updatedAt: number;
}

/** A workspace. */
export interface Team {
  readonly id: string;
  readonly name: string;
}

export interface List {
  readonly id: string;
  readonly name: string;
  /** The id of its workspace. */
  readonly teamId: string;
  readonly isPrivate: boolean;
  /** False in a copy for a list that contacts have and the listing of lists does not. */
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
  /** One of Front's types, or another one, whose values are stored but cannot be changed. */
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

/** An issued token or code. `expiresAt` is in epoch milliseconds. */
export interface Issued {
  readonly clientId: string;
  readonly expiresAt: number;
}

interface IssuedCode extends Issued {
  readonly redirectUri: string;
}

/** The OAuth applications and their tokens. */
export interface OauthState {
  /** Secrets by client id. */
  readonly clients: Map<string, string>;
  readonly refreshTokens: Map<string, Issued>;
  readonly accessTokens: Map<string, Issued>;
  /** Valid once and for minutes, so they are not saved. */
  readonly codes: Map<string, IssuedCode>;
}
