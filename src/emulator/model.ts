export interface Handle {
  readonly source: string;
  readonly handle: string;
}

export interface Avatar {
  readonly type: string;
  /** Undefined in a snapshot without pictures. The URL then returns a 404. */
  readonly bytes: Uint8Array | undefined;
  /** The URL in the original company; undefined if the avatar was not copied. */
  readonly url?: string;
  /** The number in the avatar's URL. It increases with each upload. */
  readonly version: number;
}

/** Re-encodes a picture. `resized` also makes it smaller. Resolves to undefined if the picture cannot be decoded. */
export type ReencodeAvatar = (
  bytes: Uint8Array,
  form: "reencoded" | "resized",
) => Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined>;

export interface Note {
  /** The author's teammate ID. */
  readonly author: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** A stored contact. Times are epoch milliseconds. */
export interface Contact {
  readonly id: string;
  /** The number in the ID. Orders contacts that were created at the same time. */
  readonly sequence: number;
  name: string | null;
  /** True if a person or API client set the name; false if Front took it from a message. Merges prefer edited names. */
  nameEdited: boolean;
  description: string;
  handles: Handle[];
  links: string[];
  listIds: string[];
  /** A map, because a name can be any string, including `__proto__`. */
  customFields: Map<string, unknown>;
  isPrivate: boolean;
  avatar: Avatar | undefined;
  notes: Note[];
  conversationCount: number;
  /** Unknown properties, and properties that replace the contact's own in responses until a request changes them. */
  readonly responseOverrides: Map<string, unknown>;
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
  /** The ID of its workspace. */
  readonly teamId: string;
  readonly isPrivate: boolean;
  /** False for a copied list that appears on contacts but not in the listing of lists. */
  readonly isListed: boolean;
}

/** A stored account. Times are epoch milliseconds. */
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
  /** The type in Front. Values of a type that the API cannot write are stored but cannot be changed. */
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

/** The client and expiry (epoch milliseconds) of an OAuth token or code. */
export interface Grant {
  readonly clientId: string;
  readonly expiresAt: number;
}

interface CodeGrant extends Grant {
  readonly redirectUri: string;
}

export interface OauthState {
  /** Secrets by client ID. */
  readonly clients: Map<string, string>;
  readonly refreshTokens: Map<string, Grant>;
  readonly accessTokens: Map<string, Grant>;
  /** Authorization codes. They can be used once and expire within minutes, so they are not saved. */
  readonly codes: Map<string, CodeGrant>;
}
