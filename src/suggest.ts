export function suggest(_word: string, _known: Iterable<string>): string | undefined {
  return undefined;
}
