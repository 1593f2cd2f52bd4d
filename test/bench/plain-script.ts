import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Person } from "./people.ts";

/**
 * Applies the contacts one by one, with a request for each step, as a simple script for the API would. Skips existing
 * values, but does not use pages or bulk changes, and leaves no share of the rate limit for other clients.
 */
export async function applyWithPlainScript(
  desired: readonly Person[],
  directory: string,
  front: FrontConnection,
): Promise<void> {
  const send = createSender(front);
  const { body } = await send("GET", "/contact_lists");
  const lists = new Map<string, string>(
    body._results.map((list: { id: string; name: string }) => [list.name, list.id]),
  );
  for (const person of desired) await applyContact(person, directory, lists, send);
}

interface FrontConnection {
  readonly url: string;
  readonly token: string;
}

type Send = (method: string, path: string, body?: object) => Promise<Result>;

interface Result {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows the type of the response
  readonly body: any;
}

async function applyContact(person: Person, directory: string, lists: Map<string, string>, send: Send): Promise<void> {
  const remote = await findOrCreate(person, send);
  const path = `/contacts/${remote.id}`;
  const { name, description, links, customFields } = person;
  if (String([name, description, links]) !== String([remote.name, remote.description, remote.links])) {
    await send("PATCH", path, { name, description, links });
  }
  const fields = { ...remote.custom_fields, ...customFields };
  if (JSON.stringify(fields) !== JSON.stringify(remote.custom_fields))
    await send("PATCH", path, { custom_fields: fields });
  for (const handle of person.handles) {
    if (!remote.handles.some((existing) => existing.handle === handle.handle))
      await send("POST", `${path}/handles`, handle);
  }
  for (const list of person.lists) {
    if (remote.lists.some((existing) => existing.name === list)) continue;
    await send("POST", `/contact_lists/${await findOrCreateList(list, lists, send)}/contacts`, {
      contact_ids: [remote.id],
    });
  }
  // The script cannot tell which picture is in Front, so it uploads a picture only if there is none.
  if (person.avatar !== undefined && remote.avatar_url === null) {
    await send("PATCH", path, await createForm(`${directory}/${person.avatar}`));
  }
}

interface RemoteContact {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly links: readonly string[];
  readonly handles: readonly { readonly handle: string }[];
  readonly lists: readonly { readonly name: string }[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
  readonly avatar_url: string | null;
}

async function findOrCreate({ handles, name, description, links }: Person, send: Send): Promise<RemoteContact> {
  const [first = { source: "", handle: "" }] = handles;
  const response = await send("GET", `/contacts/alt:${first.source}:${encodeURIComponent(first.handle)}`);
  if (response.status !== 404) return response.body;
  return (await send("POST", "/contacts", { name, description, links, handles: [first] })).body;
}

async function findOrCreateList(name: string, lists: Map<string, string>, send: Send): Promise<string | undefined> {
  if (!lists.has(name)) {
    await send("POST", "/contact_lists", { name });
    const { body } = await send("GET", "/contact_lists");
    for (const list of body._results) lists.set(list.name, list.id);
  }
  return lists.get(name);
}

async function createForm(path: string): Promise<FormData> {
  const data = new FormData();
  data.set("avatar", new Blob([await readFile(path)], { type: "image/png" }), basename(path));
  return data;
}

function createSender({ url, token }: FrontConnection): Send {
  return async function send(method, path, body) {
    const response = await fetch(url + path, { method, ...createInit(token, body) });
    const text = await response.text();
    if (response.status === 429) {
      await sleep(Number(response.headers.get("retry-after")) * 1000);
      return await send(method, path, body);
    }
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

function createInit(token: string, body: object | undefined): RequestInit {
  const authorization = `Bearer ${token}`;
  if (body === undefined) return { headers: { authorization } };
  if (body instanceof FormData) return { headers: { authorization }, body };
  return { headers: { authorization, "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** Command-line arguments: the file with the desired contacts and the directory of their pictures. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file = "", directory = ""] = process.argv.slice(2);
  const { FRONT_API_URL: url = "", FRONT_API_TOKEN: token = "" } = process.env as Record<string, string>;
  await applyWithPlainScript(JSON.parse(await readFile(file, "utf8")), directory, { url, token });
}
