// Two texts, word by word: what is in both, and what in one of them only.

export interface Piece {
  readonly text: string;
  readonly isShared: boolean;
}

export interface Difference {
  readonly left: readonly Piece[];
  readonly right: readonly Piece[];
}

/** Cells of the table of common words; beyond, what lies between the common ends is called different. */
const CELLS_MAX = 4_000_000;

export function differenceOf(left: string, right: string): Difference {
  const [a, b] = [wordsOf(left), wordsOf(right)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [inner, other] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const [shared, alsoShared] = common(inner, other);
  const whole = (words: readonly string[], own: readonly boolean[]): readonly Piece[] =>
    joined(words, (index) => {
      const isEnd = index < start || index >= words.length - end;
      return isEnd || own[index - start] === true;
    });
  return { left: whole(a, shared), right: whole(b, alsoShared) };
}

/** Words with the blanks behind them. */
const wordsOf = (text: string): readonly string[] =>
  text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

/** Which words of each belong to the longest sequence that both have. */
function common(
  a: readonly string[],
  b: readonly string[],
): readonly [readonly boolean[], readonly boolean[]] {
  const [inA, inB] = [a.map(() => false), b.map(() => false)];
  if (a.length === 0 || b.length === 0 || a.length * b.length > CELLS_MAX) return [inA, inB];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1)
    for (let column = b.length - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  for (let row = 0, column = 0; row < a.length && column < b.length; ) {
    if (a[row] === b[column]) {
      inA[row] = true;
      inB[column] = true;
      row += 1;
      column += 1;
    } else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return [inA, inB];
}

function joined(words: readonly string[], isShared: (index: number) => boolean): readonly Piece[] {
  const pieces: { text: string; isShared: boolean }[] = [];
  for (const [index, word] of words.entries()) {
    const last = pieces.at(-1);
    const shared = isShared(index);
    if (last?.isShared === shared) last.text += word;
    else pieces.push({ text: word, isShared: shared });
  }
  return pieces;
}
