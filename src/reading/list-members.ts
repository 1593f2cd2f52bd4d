import { listsDeclaredBy } from "../config/resolve-references.ts";
import type { FrontApi } from "../front/api.ts";
import type { DeclaredList, DesiredState, List, RemoteContact, UndecodableContact } from "../model/contact.ts";
import type { ListMembers, Readings } from "./remote-state.ts";

/** Reads the members of the lists that the files delete or manage, and the lists of workspaces that they name. */
export async function readManagedLists(
  { lists: declared, absentLists = [] }: DesiredState,
  lists: readonly List[],
  front: FrontApi,
): Promise<Required<Pick<Readings, "listMembers" | "teamLists">>> {
  const teamLists = await readTeamLists(declared, lists, front);
  const managed = declared.filter(({ members, ensure }) => members !== undefined || ensure !== undefined);
  const found = managed.map((each) => listsDeclaredBy(each, { lists, teamLists }));
  const ids = new Set([
    ...absentLists.filter(({ id }) => lists.some((list) => list.id === id)).map(({ id }) => id),
    ...found.flatMap(([list, another]) =>
      list === undefined || another !== undefined || list.isPrivate ? [] : [list.id],
    ),
  ]);
  const members = await Promise.all([...ids].map(async (id) => [id, await readMembers(id, front)] as const));
  return { teamLists, listMembers: new Map(members) };
}

/**
 * Reads the lists of declared workspaces, by workspace. Skips a workspace if Front has no list with a name declared in
 * it.
 */
export async function readTeamLists(
  declared: readonly DeclaredList[],
  lists: readonly List[],
  front: FrontApi,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const names = new Set(lists.map(({ name }) => name));
  const teams = new Set(declared.flatMap(({ name, team }) => (team !== undefined && names.has(name) ? [team] : [])));
  const read = async (team: string) => new Set((await front.contactLists(team)).map(({ id }) => id));
  return new Map(await Promise.all([...teams].map(async (team) => [team, await read(team)] as const)));
}

async function readMembers(listId: string, front: FrontApi): Promise<ListMembers> {
  const contacts = new Map<string, RemoteContact>();
  const undecodable: UndecodableContact[] = [];
  for await (const page of front.listMembers(listId)) {
    for (const contact of page.contacts) contacts.set(contact.id, contact);
    undecodable.push(...page.undecodable);
  }
  return { contacts: [...contacts.values()], undecodable };
}
