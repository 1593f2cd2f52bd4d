/** Uncertain behaviors of Front, with their plausible values. The first value is the default. */
export const BEHAVIORS = {
  foldEmails: {
    values: [true, false],
    description: "Whether email addresses that differ only in case are the same handle.",
  },
  phoneForm: {
    values: ["e164", "as-sent", "digits", "e164-us"],
    description:
      "The format of stored phone numbers: E.164, as sent, or digits only. With e164 and e164-us, numbers are normalized when they are written and looked up; numbers in a seed keep their format and are found only in that format. e164-us adds +1 to every number without +, even a short code.",
  },
  twitterForm: {
    values: ["with-at", "as-sent"],
    description: "The format of stored Twitter handles: always with a leading @, or as sent.",
  },
  respelledHandle: {
    values: ["ignore", "refuse"],
    description:
      "Adding a phone number that the contact already has in another format has no effect (204), or is rejected as a conflict.",
  },
  conflictStatus: {
    values: [409, 400],
    description: "The status of the response if another contact has the handle.",
  },
  unknownAlias: {
    values: [404, 400],
    description: "The status of the response to a lookup of an unknown handle.",
  },
  privateAliases: {
    values: ["first", "last", "never"],
    description:
      "If a private and a shared contact have the same handle, a lookup by alias returns the private contact (first) or the shared contact (last). With never, a lookup by alias returns no private contact.",
  },
  missingHandle: {
    values: [404, 400],
    description: "The status of the response to the removal of a handle that the contact does not have.",
  },
  unknownFields: {
    values: ["reject", "drop"],
    description: "A custom field that the company does not define is rejected, or ignored.",
  },
  wrongTypes: {
    values: ["reject", "coerce"],
    description: 'A value of the wrong type, such as "12" for a number, is rejected, or converted.',
  },
  emptyStrings: {
    values: ["keep", "clear"],
    description: "An empty string in a custom field is stored, or clears the field.",
  },
  clearableName: {
    values: [false, true],
    description: "Whether an empty name clears the name of a contact. If not, an empty name is ignored.",
  },
  listChangesSetUpdatedAt: {
    values: [false, true],
    description: "Whether adding a contact to a list, or removing it from one, changes the contact's updated_at.",
  },
  listAliases: {
    values: [false, true],
    description: "Whether requests that add or remove list members accept aliases (alt:…).",
  },
  sameListName: {
    values: ["allow", "refuse"],
    description: "A second list with the same name is accepted, or rejected.",
  },
  sameAccount: {
    values: ["refuse", "allow"],
    description: "A second account with the same domain or external ID is rejected, or accepted.",
  },
  mergedContacts: {
    values: ["gone", "moved"],
    description:
      "The response to a request for a contact that was merged into another contact: a 404, or a 301 to the other contact.",
  },
  showUpdatedAt: {
    values: [true, false],
    description: "Whether contacts have updated_at, which Front sends but does not document.",
  },
  shortPages: {
    values: [false, true],
    description: "Whether pages may have fewer items than requested even if more pages follow.",
  },
  emptyPages: {
    values: [false, true],
    description: "Whether an empty page follows every page with items.",
  },
  paging: {
    values: ["cursor", "offset"],
    description:
      "A page token refers to the last item of its page, or is an offset. With offsets, a deletion shifts the later pages.",
  },
  storedAvatars: {
    values: ["as-sent", "reencoded", "resized"],
    description: "Uploaded avatars are stored as sent, as a JPEG of the same size, or as a small JPEG.",
  },
  avatarRedirect: {
    values: [false, true],
    description: "Whether the URL of an avatar redirects to a signed URL, which rejects an Authorization header.",
  },
  refusedRemaining: {
    values: [-1, 0],
    description: "The value of x-ratelimit-remaining in a 429 for the company's limit. Front has sent -1.",
  },
  tierHeader: {
    values: ["tier-only", "every-refusal"],
    description: "The header x-front-tier is sent only with a 429 for the limit of a tier, or with every 429.",
  },
  burstHeaders: {
    values: ["shown", "absent"],
    description: "Responses contain the headers of the burst pool, or omit them. A recorded 429 contained none.",
  },
  etags: {
    values: ["weak", "none"],
    description: "Responses contain a weak ETag, or none. Front ignores If-Match.",
  },
  emptyCollections: {
    values: ["empty", "null", "absent"],
    description:
      "An empty collection of a contact is sent unchanged, is sent as null, or is omitted. Only links and lists are omitted; with absent, other empty collections are sent as null.",
  },
  listings: {
    values: ["whole", "paged"],
    description: "Lists, custom fields, teammates, inboxes and notes are on one page, or on pages of two.",
  },
  accountOnContacts: {
    values: ["always", "members", "never"],
    description:
      "Contacts have the property account always (null without an account), only in listings of an account's members, or never. Front's tutorial shows the first variant; recorded responses show the second.",
  },
  linkMoves: {
    values: [true, false],
    description: "Whether linking a contact to an account removes it from its previous account.",
  },
  avatarHost: {
    values: ["own", "foreign"],
    description: "The avatar_url of a contact is on Front's API host, or on another host.",
  },
  errorParts: {
    values: ["all", "message", "status"],
    description: "The properties of an error: all, only the message, or only the status.",
  },
  authorize: {
    values: ["grant", "deny", "no-admin"],
    description:
      "The result of an OAuth authorization: an admin agrees, an admin declines, or the user is not an admin.",
  },
  tokenExpiry: {
    values: ["expires_at", "expires_in"],
    description: "The property with the lifetime of an access token: as Front documents it, or as in OAuth 2.0.",
  },
  refreshRotation: {
    values: ["last-day", "always"],
    description: "A renewal returns a new refresh token only on the last day of the old token, or always.",
  },
  rotatedRefreshToken: {
    values: ["revoked", "valid"],
    description: "A refresh token that was replaced is revoked, or stays valid.",
  },
} as const satisfies Record<string, { readonly values: readonly unknown[]; readonly description: string }>;

type Behaviors = typeof BEHAVIORS;

/** The values of each behavior. The first value is the default. */
export const BEHAVIOR_OPTIONS = Object.fromEntries(
  Object.entries(BEHAVIORS).map(([name, { values }]) => [name, values]),
) as { readonly [Name in keyof Behaviors]: Behaviors[Name]["values"] };

export type Behavior = { readonly [Name in keyof typeof BEHAVIOR_OPTIONS]: (typeof BEHAVIOR_OPTIONS)[Name][number] };

export type OnBehavior = (name: keyof Behavior) => void;

/**
 * Returns the behavior with defaults for omitted and undefined values. Throws a `RangeError` if a name or a value does
 * not exist. `onRead` is called for each behavior that is used.
 */
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
  if (!Object.hasOwn(BEHAVIOR_OPTIONS, name)) {
    const names = Object.keys(BEHAVIOR_OPTIONS).join(", ");
    throw new RangeError(`"${name}" is not a behavior of the emulator; use one of: ${names}`);
  }
  const options: readonly unknown[] = BEHAVIOR_OPTIONS[name as keyof Behavior];
  if (!options.includes(value)) {
    throw new RangeError(`"${String(value)}" is not a value of ${name}; use one of: ${options.join(", ")}`);
  }
}
