// How many characters must be added, dropped or changed to make one text of another (Levenshtein).

/** Null for more than `most`: how many more would take long to say, and nobody asks. */
export function editDistance(one: string, other: string, most: number): number | null {
  const [a, b] = [[...one], [...other]];
  if (Math.abs(a.length - b.length) > most) return null;
  // Only a band about the diagonal can be within `most`; what lies outside stands for more.
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let at = 1; at <= a.length; at += 1) {
    const [from, to] = [Math.max(1, at - most), Math.min(b.length, at + most)];
    const next: number[] = new Array<number>(b.length + 1).fill(most + 1);
    next[0] = at;
    let least = at;
    for (let index = from; index <= to; index += 1) {
      const same = (row[index - 1] ?? 0) + (a[at - 1] === b[index - 1] ? 0 : 1);
      const fewest = Math.min(same, (row[index] ?? most) + 1, (next[index - 1] ?? most) + 1);
      next[index] = fewest;
      least = Math.min(least, fewest);
    }
    if (least > most) return null;
    row = next;
  }
  const distance = row[b.length] ?? 0;
  return distance > most ? null : distance;
}
