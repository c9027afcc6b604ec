// Which commands what is typed may mean: the likeliest first.

interface Named {
  readonly name: string;
  readonly hint?: string;
}

/** All words must be found; a command whose name begins so stands before one where it is in the middle of a word. */
export function foundCommands<Command extends Named>(
  commands: readonly Command[],
  text: string,
): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command) => ({ command, ranks: words.map((word) => rankOf(command, word)) }))
    .filter(({ ranks }) => ranks.every((rank) => rank !== null))
    .map(({ command, ranks }) => ({
      command,
      rank: ranks.reduce((sum: number, rank) => sum + (rank ?? 0), 0),
    }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ command }) => command);
}

function rankOf({ name, hint = '' }: Named, word: string): number | null {
  const at = name.toLowerCase().indexOf(word);
  if (at === 0) return 0;
  if (` ${name}`.toLowerCase().includes(` ${word}`)) return 1;
  if (at > 0) return 2;
  return hint.toLowerCase().includes(word) ? 3 : null;
}
