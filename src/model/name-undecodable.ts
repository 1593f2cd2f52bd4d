/** Returns the name of a contact that cannot be decoded, for messages. */
export function nameUndecodable(id: string | undefined): string {
  return id === undefined ? "a contact without an ID" : `contact ${id}`;
}
