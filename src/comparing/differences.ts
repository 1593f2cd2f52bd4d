import deepDiff from "deep-diff";
import { domainKey } from "../model/account.ts";
import type { Attributes, AttributeValue, Difference } from "../model/change.ts";
import { handleKey } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import { omitUndefined } from "../model/omit-undefined.ts";

export function differencesBetween(before: Attributes, after: Attributes): Difference[] {
  // Fast path: most contacts match the configuration, and deep-diff is much slower.
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return (deepDiff.diff(normalize(before), normalize(after)) ?? []).map(({ path = [] }) => {
    const position = { attribute: path[0] as keyof Attributes, key: path[1] as string | undefined };
    const values = { before: valueAt(before, position), after: valueAt(after, position) };
    return omitUndefined({ ...position, ...values }) as Difference;
  });
}

/** Collections become objects, because deep-diff compares arrays by position. */
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

export function valueAt(
  side: Attributes,
  { attribute, key = "" }: { readonly attribute: keyof Attributes; readonly key?: string | undefined },
): AttributeValue | undefined {
  switch (attribute) {
    case "handles": {
      const match = side.handles?.find((handle) => handleKey(handle) === key);
      return match && { source: match.source, handle: match.handle };
    }
    case "links":
      return side.links?.find((link) => normalText(link) === key);
    case "lists":
      return side.lists?.find((label) => label === key);
    case "domains":
      return side.domains?.find((domain) => domainKey(domain) === key);
    case "custom_fields": {
      const { custom_fields: fields = {} } = side;
      return Object.hasOwn(fields, key) ? fields[key] : undefined;
    }
    case "members":
      return side.members?.find(({ id }) => id === key);
    default:
      return side[attribute] ?? undefined;
  }
}
