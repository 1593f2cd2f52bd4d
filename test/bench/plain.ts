import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Person } from "./people.ts";

/**
 * Applies the contacts like a simple script for Front's API: contact by contact, with a request for each step. It is
 * correct and skips existing values, but uses no pages and no bulk changes, and leaves no requests to other clients.
 */
export async function applyPlainly(desired: readonly Person[], directory: string, front: Access): Promise<void> {
  const ask = asking(front);
  const { body } = await ask("GET", "/contact_lists");
  const lists = new Map<string, string>(
    body._results.map((list: { id: string; name: string }) => [list.name, list.id]),
  );
  for (const person of desired) await bring(person, directory, lists, ask);
}

export interface Access {
  readonly url: string;
  readonly token: string;
}

type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows the type of the response
  readonly body: any;
}

async function bring(person: Person, directory: string, lists: Map<string, string>, ask: Ask): Promise<void> {
  const held = await find(person, ask);
  const path = `/contacts/${held.id}`;
  const { name, description, links, customFields } = person;
  if (String([name, description, links]) !== String([held.name, held.description, held.links])) {
    await ask("PATCH", path, { name, description, links });
  }
  const fields = { ...held.custom_fields, ...customFields };
  if (JSON.stringify(fields) !== JSON.stringify(held.custom_fields))
    await ask("PATCH", path, { custom_fields: fields });
  for (const handle of person.handles) {
    if (!held.handles.some((each) => each.handle === handle.handle)) await ask("POST", `${path}/handles`, handle);
  }
  for (const list of person.lists) {
    if (held.lists.some((each) => each.name === list)) continue;
    await ask("POST", `/contact_lists/${await idOf(list, lists, ask)}/contacts`, { contact_ids: [held.id] });
  }
  // It cannot determine which picture Front shows, so it sends its own only if there is none.
  if (person.avatar !== undefined && held.avatar_url === null) {
    await ask("PATCH", path, await form(`${directory}/${person.avatar}`));
  }
}

/** The properties of a contact that the script reads. */
interface Held {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly links: readonly string[];
  readonly handles: readonly { readonly handle: string }[];
  readonly lists: readonly { readonly name: string }[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
  readonly avatar_url: string | null;
}

/** Looks the contact up by its first handle, and creates it with that handle if it is not found. */
async function find({ handles, name, description, links }: Person, ask: Ask): Promise<Held> {
  const [first = { source: "", handle: "" }] = handles;
  const found = await ask("GET", `/contacts/alt:${first.source}:${encodeURIComponent(first.handle)}`);
  if (found.status !== 404) return found.body;
  return (await ask("POST", "/contacts", { name, description, links, handles: [first] })).body;
}

async function idOf(name: string, lists: Map<string, string>, ask: Ask): Promise<string | undefined> {
  if (!lists.has(name)) {
    await ask("POST", "/contact_lists", { name });
    const { body } = await ask("GET", "/contact_lists");
    for (const list of body._results) lists.set(list.name, list.id);
  }
  return lists.get(name);
}

async function form(path: string): Promise<FormData> {
  const data = new FormData();
  data.set("avatar", new Blob([await readFile(path)], { type: "image/png" }), basename(path));
  return data;
}

function asking({ url, token }: Access): Ask {
  return async function ask(method, path, body) {
    const response = await fetch(url + path, { method, ...written(token, body) });
    const text = await response.text();
    if (response.status === 429) {
      await sleep(Number(response.headers.get("retry-after")) * 1000);
      return await ask(method, path, body);
    }
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

function written(token: string, body: object | undefined): RequestInit {
  const authorization = `Bearer ${token}`;
  if (body === undefined) return { headers: { authorization } };
  if (body instanceof FormData) return { headers: { authorization }, body };
  return { headers: { authorization, "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** The program: takes the file with the desired contacts and the directory of their pictures. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file = "", directory = ""] = process.argv.slice(2);
  const { FRONT_API_URL: url = "", FRONT_API_TOKEN: token = "" } = process.env as Record<string, string>;
  await applyPlainly(JSON.parse(await readFile(file, "utf8")), directory, { url, token });
}
