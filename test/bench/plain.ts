import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Person } from "./people.ts";

/**
 * What one writes on a free afternoon with Front's tutorial beside it: contact by contact, a request for each step.
 * It is right, and it leaves out what it sees is there already. It knows nothing of pages, of bulk changes, or of others.
 */
export async function applyPlainly(wanted: readonly Person[], directory: string, front: Access): Promise<void> {
  const ask = asking(front);
  const { body } = await ask("GET", "/contact_lists");
  const lists = new Map<string, string>(body._results.map((list: { id: string; name: string }) => [list.name, list.id]));
  for (const person of wanted) await bring(person, directory, lists, ask);
}

export interface Access {
  readonly url: string;
  readonly token: string;
}

type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whoever asks knows what is answered
  readonly body: any;
}

async function bring(person: Person, directory: string, lists: Map<string, string>, ask: Ask): Promise<void> {
  const { name, description, links, customFields, handles, avatar } = person;
  const [first, ...others] = handles;
  const alias = `alt:${first?.source}:${encodeURIComponent(first?.handle ?? "")}`;
  const found = await ask("GET", `/contacts/${alias}`);
  const isNew = found.status === 404;
  const held = isNew ? (await ask("POST", "/contacts", { name, description, links, handles: [first] })).body : found.body;
  const path = `/contacts/${held.id}`;
  if (!isNew && [name, description, String(links)].join() !== [held.name, held.description, held.links].join()) {
    await ask("PATCH", path, { name, description, links });
  }
  const fields = { ...held.custom_fields, ...customFields };
  if (JSON.stringify(fields) !== JSON.stringify(held.custom_fields)) await ask("PATCH", path, { custom_fields: fields });
  for (const handle of others) {
    const isHeld = held.handles.some((each: { handle: string }) => each.handle === handle.handle);
    if (!isHeld) await ask("POST", `${path}/handles`, handle);
  }
  for (const list of person.lists) {
    const isMember = held.lists.some((each: { name: string }) => each.name === list);
    if (!isMember) await ask("POST", `/contact_lists/${await idOf(list, lists, ask)}/contacts`, { contact_ids: [held.id] });
  }
  // It cannot tell which picture is shown, so it sends its own if there is none.
  if (avatar !== undefined && held.avatar_url === null) await ask("PATCH", path, await form(`${directory}/${avatar}`));
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
    const isForm = body instanceof FormData;
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(isForm ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status === 429) {
      await sleep(Number(response.headers.get("retry-after")) * 1000);
      return await ask(method, path, body);
    }
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

/** As a program: the file with what is wanted, and the directory that its pictures are in. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file = "", directory = ""] = process.argv.slice(2);
  const { FRONT_API_URL: url = "", FRONT_API_TOKEN: token = "" } = process.env as Record<string, string>;
  await applyPlainly(JSON.parse(await readFile(file, "utf8")), directory, { url, token });
}
