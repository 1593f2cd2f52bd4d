/**
 * What Front's documents leave open, with the answers that are plausible. The first answer of each
 * is the default: the one that a careless client is likeliest to trip over.
 */
export const BEHAVIOR_OPTIONS = {
  /** Whether emails that differ only in letter case are the same handle. */
  foldEmails: [true, false],
  /**
   * How a phone number comes back: in E.164, in the spelling that was sent, or reduced to its digits. With `e164`, numbers
   * are normalized when they are written and looked up; what a seed holds keeps its form, and is found by just that.
   */
  phoneForm: ["e164", "as-sent", "digits"],
  /** How a Twitter handle comes back: with a leading @, whether it was sent with one or not, or as it was sent. */
  twitterForm: ["with-at", "as-sent"],
  /** The answer to adding another spelling of a number that the contact has: 204 without effect, or a conflict. */
  respelledHandle: ["ignore", "refuse"],
  /** The status when a handle is in use by another contact. */
  conflictStatus: [409, 400],
  /** The answer to looking up a handle that nobody has. */
  unknownAlias: [404, 400],
  /** Whether an alias leads to a private contact: before a shared one that has the handle too, after it, or never. */
  privateAliases: ["first", "last", "never"],
  /** The answer to deleting a handle that the contact does not have. */
  missingHandle: [404, 400],
  /** What becomes of a custom field that the company does not define. */
  unknownFields: ["reject", "drop"],
  /** What becomes of a custom field's value of the wrong type, such as "12" for a number. */
  wrongTypes: ["reject", "coerce"],
  /** Whether an empty text in a string field is kept, or clears the field. */
  emptyStrings: ["keep", "clear"],
  /** Whether an empty name clears the name, or is ignored. */
  clearableName: [false, true],
  /** Whether a contact's update time moves when its lists change through the list endpoints. */
  listChangesBump: [false, true],
  /** Whether `alt:` aliases are understood where members are added to lists or removed from them. */
  listAliases: [false, true],
  /** Whether a second list of the same name is refused. */
  sameListName: ["allow", "refuse"],
  /** What the id of a contact that was merged away answers: 404, or 301 to the survivor. */
  mergedContacts: ["gone", "moved"],
  /** Whether contacts show `updated_at`, which Front sends and does not document. */
  showUpdatedAt: [true, false],
  /** Whether pages may be shorter than asked for while more follow. */
  shortPages: [false, true],
  /** Whether every page is followed by an empty one that has a next. */
  emptyPages: [false, true],
  /** Whether a page token marks a contact, or counts how many to skip (so deletions shift pages). */
  paging: ["cursor", "offset"],
  /** How an uploaded avatar is kept: as it was sent, as a JPEG of the same size, or as a small JPEG. */
  storedAvatars: ["as-sent", "reencoded", "resized"],
  /** Whether an avatar's address redirects to a signed one, which refuses an Authorization header. */
  avatarRedirect: [false, true],
  /** The remaining requests that a refusal of the company's limit shows. Front was seen to answer -1. */
  refusedRemaining: [-1, 0],
  /** Whether a refusal of the company's limit carries `x-front-tier` as a tier's refusal does. */
  tierHeader: ["tier-only", "every-refusal"],
  /** Whether answers say what is left of the burst. A refusal was seen without. */
  burstHeaders: ["shown", "absent"],
  /** Whether answers carry a weak `ETag`. It has no use: Front ignores `If-Match`. */
  etags: ["weak", "none"],
  /** How a contact shows a collection that is empty: as an empty one, as null, or (links and lists only) not at all. */
  emptyCollections: ["empty", "null", "absent"],
  /** Whether lists, teammates, inboxes, custom fields and accounts come whole, or two a page. */
  listings: ["whole", "paged"],
  /**
   * Where a contact shows its account: always (null for none), only among the members of an account, or never. Front was
   * seen to do the second; its tutorial shows the first.
   */
  accountOnContacts: ["always", "members", "never"],
  /** Whether linking a contact takes it out of the account that it is in. */
  linkMoves: [true, false],
  /** Where the address of an avatar leads: to Front's API, or to a host that is not Front's. */
  avatarHost: ["own", "foreign"],
  /** Which parts an error has. Front was seen to leave out each of them. */
  errorParts: ["all", "message", "status"],
  /** What becomes of a request to sign in: an admin agrees, or declines, or whoever is asked is no admin. */
  authorize: ["grant", "deny", "no-admin"],
  /** How the life of an access token is told: as Front documents it, or as most others do. */
  tokenExpiry: ["expires_at", "expires_in"],
  /** When a new refresh token comes back: in the last day of the old one, or every time. */
  refreshRotation: ["last-day", "always"],
  /** Whether a refresh token still works once another one took its place. */
  rotatedRefreshToken: ["dead", "alive"],
} as const;

export type Behavior = { readonly [Name in keyof typeof BEHAVIOR_OPTIONS]: (typeof BEHAVIOR_OPTIONS)[Name][number] };

/** A whole behavior: the defaults, but for what is given. */
export function completeBehavior(given: Partial<Behavior> = {}): Behavior {
  const defaults = Object.entries(BEHAVIOR_OPTIONS).map(([name, [first]]) => [name, first]);
  return { ...(Object.fromEntries(defaults) as Behavior), ...given };
}
