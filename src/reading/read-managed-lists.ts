import { listsDeclaredBy } from "../config/resolve-references.ts";
import { type FrontApi, undefinedIf } from "../front/api.ts";
import type { DeclaredList, DesiredState, List, RemoteContact, UndecodableContact } from "../model/contact.ts";
import { UserError } from "../model/user-error.ts";
import type { ListMembers, Readings } from "./remote-state.ts";

/**
 * Reads the members of the lists in `absentLists`, and of those declared with `members` or `ensure`. Also reads the IDs
 * of the lists in each workspace that the configuration or the base declares.
 */
export async function readManagedLists(
  { lists: declared, absentLists = [], base }: DesiredState,
  lists: readonly List[],
  front: FrontApi,
): Promise<Pick<Readings, "listMembers" | "teamLists">> {
  const teamLists = await readTeamLists(declared, lists, front, base?.lists);
  const managed = declared.filter(({ members, ensure }) => members !== undefined || ensure !== undefined);
  const matches = managed.map((declaration) => listsDeclaredBy(declaration, { lists, teamLists }));
  const ids = new Set([
    ...absentLists.filter(({ id }) => lists.some((list) => list.id === id)).map(({ id }) => id),
    ...matches.flatMap(([list, second]) =>
      list === undefined || second !== undefined || list.isPrivate ? [] : [list.id],
    ),
  ]);
  const members = await Promise.all([...ids].map(async (id) => [id, await readMembers(id, front)] as const));
  return { teamLists, listMembers: new Map(members) };
}

/**
 * Returns the IDs of the lists in each declared workspace, by workspace ID. Skips a workspace if no list that is
 * declared in it exists in Front. A workspace that only the base declares may no longer exist.
 */
export async function readTeamLists(
  declared: readonly DeclaredList[],
  lists: readonly List[],
  front: FrontApi,
  base: readonly DeclaredList[] = [],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const names = new Set(lists.map(({ name }) => name));
  const teamsOf = (declarations: readonly DeclaredList[]) =>
    declarations.flatMap((list) =>
      list.team !== undefined && names.has(list.name) ? [[list.team, list] as const] : [],
    );
  const currentTeams = new Map(teamsOf(declared));
  const teams = new Map([...teamsOf(base), ...currentTeams]);
  const read = async ([team, list]: readonly [string, DeclaredList]) => {
    const teamLists = await undefinedIf("missing", front.contactLists(team));
    if (teamLists === undefined && currentTeams.has(team)) throw unknownTeam(team, list);
    return [team, new Set(teamLists?.map(({ id }) => id))] as const;
  };
  return new Map(await Promise.all([...teams].map(read)));
}

function unknownTeam(team: string, { name, location }: DeclaredList): UserError {
  return new UserError(
    "list-team-unknown",
    `The list "${name}" is declared in the workspace ${team}, which does not exist in Front`,
    {
      advice: "Correct the ID, or use a token that can access this workspace.",
      location,
    },
  );
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
