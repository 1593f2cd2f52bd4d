/** Uncertain behaviors of Front, with their plausible values. The first value is the default. */
export const BEHAVIOR_OPTIONS = {
  /** True: email addresses that differ only in case are the same handle. */
  foldEmails: [true, false],
  /**
   * The form of stored phone numbers: E.164, as sent, or digits only. With `e164` and `e164-us`, numbers are normalized
   * when they are written and looked up; numbers in a seed keep their form and are found only in that form. With
   * `e164-us`, every number without `+` becomes a number of the USA, even a short code.
   */
  phoneForm: ["e164", "as-sent", "digits", "e164-us"],
  /** The form of stored Twitter handles: always with a leading @, or as sent. */
  twitterForm: ["with-at", "as-sent"],
  /** Adding a number that the contact already has in another spelling has no effect (204), or is a conflict. */
  respelledHandle: ["ignore", "refuse"],
  /** The status of the response to a handle conflict. */
  conflictStatus: [409, 400],
  /** The status of the response to a lookup of an unknown handle. */
  unknownAlias: [404, 400],
  /**
   * If a private and a shared contact have the same handle, a lookup by alias returns the private contact (`first`) or
   * the shared contact (`last`). With `never`, a lookup by alias returns no private contact.
   */
  privateAliases: ["first", "last", "never"],
  /** The status of the response to the removal of a handle that the contact does not have. */
  missingHandle: [404, 400],
  /** A custom field that the company does not define is rejected, or ignored. */
  unknownFields: ["reject", "drop"],
  /** A value of the wrong type, such as "12" for a number, is rejected, or converted. */
  wrongTypes: ["reject", "coerce"],
  /** An empty string in a custom field is stored, or clears the field. */
  emptyStrings: ["keep", "clear"],
  /** True: an empty name clears the name. False: an empty name is ignored. */
  clearableName: [false, true],
  /** True: adding a contact to a list, or removing it from one, changes the contact's `updated_at`. */
  listChangesBump: [false, true],
  /** True: requests that add or remove list members accept `alt:` aliases. */
  listAliases: [false, true],
  /** A second list with the same name is allowed, or rejected. */
  sameListName: ["allow", "refuse"],
  /** A second account with the same domain or external ID is rejected, or allowed. */
  sameAccount: ["refuse", "allow"],
  /** The response to a request for a contact that was merged into another: a 404, or a 301 to the other contact. */
  mergedContacts: ["gone", "moved"],
  /** True: contacts have `updated_at`, which Front sends but does not document. */
  showUpdatedAt: [true, false],
  /** True: pages may be shorter than requested even if more pages follow. */
  shortPages: [false, true],
  /** True: every page with items is followed by an empty page. */
  emptyPages: [false, true],
  /**
   * A page token refers to the last item of its page, or is an offset. With offsets, a deletion shifts the later pages.
   */
  paging: ["cursor", "offset"],
  /** Uploaded avatars are stored as sent, as a JPEG of the same size, or as a small JPEG. */
  storedAvatars: ["as-sent", "reencoded", "resized"],
  /** True: an avatar's URL redirects to a signed URL, which rejects an Authorization header. */
  avatarRedirect: [false, true],
  /** The value of `x-ratelimit-remaining` in a 429 for the company's limit. Front has sent -1. */
  refusedRemaining: [-1, 0],
  /** `x-front-tier` is sent only with a 429 for the limit of a tier, or with every 429. */
  tierHeader: ["tier-only", "every-refusal"],
  /** Responses contain the burst headers, or omit them. A recorded 429 contained none. */
  burstHeaders: ["shown", "absent"],
  /** Responses contain a weak `ETag`, or none. Front ignores `If-Match`. */
  etags: ["weak", "none"],
  /**
   * An empty collection of a contact is sent unchanged, is sent as null, or is omitted. Only links and lists are
   * omitted; with `absent`, other empty collections are sent as null.
   */
  emptyCollections: ["empty", "null", "absent"],
  /** Lists, teammates, inboxes, custom fields and notes are on one page, or on pages of two. */
  listings: ["whole", "paged"],
  /**
   * Contacts have the property `account` always (null without an account), only in listings of an account's members, or
   * never. Front's tutorial shows the first variant; recorded responses show the second.
   */
  accountOnContacts: ["always", "members", "never"],
  /** True: linking a contact to an account removes it from its previous account. */
  linkMoves: [true, false],
  /** `avatar_url` is on Front's API host, or on another host. */
  avatarHost: ["own", "foreign"],
  /** The properties of an error: all, only the message, or only the status. */
  errorParts: ["all", "message", "status"],
  /** The result of an OAuth authorization: an admin agrees, an admin declines, or the user is not an admin. */
  authorize: ["grant", "deny", "no-admin"],
  /** The property with the lifetime of an access token: as Front documents it, or as in OAuth 2.0. */
  tokenExpiry: ["expires_at", "expires_in"],
  /** A renewal returns a new refresh token only on the last day of the old token, or always. */
  refreshRotation: ["last-day", "always"],
  /** A refresh token that was replaced stops working, or still works. */
  rotatedRefreshToken: ["dead", "alive"],
} as const;

export type Behavior = { readonly [Name in keyof typeof BEHAVIOR_OPTIONS]: (typeof BEHAVIOR_OPTIONS)[Name][number] };

export type OnBehavior = (name: keyof Behavior) => void;

/** Throws a `RangeError` if a name or a value does not exist. If a value is undefined, the default is used. */
export function completeBehavior(values: Partial<Behavior>, onRead?: OnBehavior): Behavior {
  const defaults = Object.entries(BEHAVIOR_OPTIONS).map(([name, [first]]) => [name, first]);
  const selected = Object.entries(values).filter(([, value]) => value !== undefined);
  for (const [name, value] of selected) requireBehavior(name, value);
  const behavior = Object.fromEntries([...defaults, ...selected]) as Behavior;
  if (onRead === undefined) return behavior;
  return new Proxy(behavior, {
    get(target, name, receiver) {
      onRead(name as keyof Behavior);
      return Reflect.get(target, name, receiver);
    },
  });
}

function requireBehavior(name: string, value: unknown): void {
  if (!Object.hasOwn(BEHAVIOR_OPTIONS, name)) throw new RangeError(`"${name}" is not a behavior of the emulator`);
  const options: readonly unknown[] = BEHAVIOR_OPTIONS[name as keyof Behavior];
  if (!options.includes(value)) {
    throw new RangeError(`"${String(value)}" is not a value of ${name}; use one of: ${options.join(", ")}`);
  }
}
