/** Returns the commands that the runners of GitHub and Azure would execute if a step printed this log. */
export function runnerCommands(log: string): string[] {
  return log.split(/\r\n|\r|\n/).flatMap((line) => {
    const trimmed = line.trimStart();
    if (trimmed.startsWith("::") && trimmed.indexOf("::", 2) !== -1) {
      return [trimmed.slice(2, trimmed.indexOf("::", 2)).split(" ")[0] ?? ""];
    }
    const prefix = line.search(/##(vso)?\[/i);
    return prefix !== -1 && line.indexOf("]", prefix) !== -1 ? [line.slice(prefix)] : [];
  });
}
