import { type FieldValue, type Handle, isOpaque } from "../model/contact.ts";
import type { ContactPatch, NewContact } from "./api.ts";
import { RawJson } from "./json.ts";

/** Returns the body of `POST /contacts`. */
export function createBody({ handles, name, description, links, listNames, customFields }: NewContact): object {
  return {
    handles: handles.map(({ source, handle }: Handle) => ({ source, handle })),
    name,
    description,
    links,
    list_names: listNames,
    custom_fields: customFields && fieldsBody(Object.entries(customFields)),
  };
}

function fieldsBody(fields: Iterable<readonly [string, FieldValue]>): object {
  return Object.fromEntries(
    [...fields].map(([name, value]) => [name, isOpaque(value) ? new RawJson(value.json) : value]),
  );
}

/** A property left out is left alone; JSON leaves out what is undefined. */
export function patchBody({ name, description, links, customFields }: ContactPatch): object {
  return { name, description, links, custom_fields: customFields && fieldsBody(customFields) };
}
