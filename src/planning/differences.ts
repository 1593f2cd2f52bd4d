import deepDiff from "deep-diff";
import { domainKey } from "../model/account.ts";
import type { Attributes, AttributeValue, Difference, Member } from "../model/change.ts";
import { type Handle, handleKey } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";

/** Returns the differences between the two sides of a change, in the order of the attributes. */
export function differencesBetween(before: Attributes, after: Attributes): Difference[] {
  // Fast path: most contacts match the configuration, and deep-diff is much slower.
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return (deepDiff.diff(normalize(before), normalize(after)) ?? []).map(({ path = [] }) => {
    const [attribute, key] = path;
    return differenceAt(attribute as keyof Attributes, key, { before, after });
  });
}

/** Returns attributes with each collection as an object, because deep-diff compares arrays by position. */
function normalize(attributes: Attributes) {
  const { name, description, avatar, account, external_id, custom_fields } = attributes;
  const { handles, links, lists, domains, members } = attributes;
  return {
    name: normalText(name ?? ""),
    description: normalText(description ?? ""),
    avatar: avatar ?? null,
    account: account ?? null,
    external_id: external_id ?? null,
    domains: objectOf(domains?.map(domainKey)),
    handles: objectOf(handles?.map(handleKey)),
    links: objectOf(links?.map(normalText)),
    lists: objectOf(lists),
    custom_fields: custom_fields ?? {},
    members: objectOf(members?.map(({ id }) => id)),
  };
}

function objectOf(keys: readonly string[] = []): Readonly<Record<string, true>> {
  return Object.fromEntries(keys.map((key) => [key, true]));
}

function differenceAt(
  attribute: keyof Attributes,
  key: string,
  { before, after }: { readonly before: Attributes; readonly after: Attributes },
): Difference {
  const both = <T>(valueIn: (side: Attributes) => T) => ({ before: valueIn(before), after: valueIn(after) });
  switch (attribute) {
    case "handles":
      return omitUndefined({ attribute, key, ...both((side) => handleIn(side, key)) });
    case "links":
      return omitUndefined({ attribute, key, ...both((side) => linkIn(side, key)) });
    case "lists":
      return omitUndefined({ attribute, key, ...both(({ lists }) => lists?.find((name) => name === key)) });
    case "domains":
      return omitUndefined({
        ...{ attribute, key },
        ...both(({ domains }) => domains?.find((domain) => domainKey(domain) === key)),
      });
    case "custom_fields":
      return omitUndefined({ attribute, key, ...both((side) => fieldIn(side, key)) });
    case "members":
      return omitUndefined({ attribute, key, ...both((side) => memberIn(side, key)) });
    default:
      return omitUndefined({ attribute, ...both((side) => side[attribute] ?? undefined) });
  }
}

/** Returns the value on one side of a change for the attribute and key of a difference. */
export function valueAt(side: Attributes, { attribute, key }: Difference): AttributeValue | undefined {
  const { before } = differenceAt(attribute, key ?? "", { before: side, after: {} });
  return before;
}

function handleIn({ handles }: Attributes, key: string): Handle | undefined {
  const match = handles?.find((handle) => handleKey(handle) === key);
  return match && { source: match.source, handle: match.handle };
}

function linkIn({ links }: Attributes, key: string): string | undefined {
  return links?.find((link) => normalText(link) === key);
}

function memberIn({ members }: Attributes, id: string): Member | undefined {
  return members?.find((member) => member.id === id);
}

function fieldIn({ custom_fields: fields = {} }: Attributes, name: string) {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
