// Names that a person may have meant.

/** Those within a third of the longer name's edits, nearest first. */
export function nearestNames(wanted: string, names: readonly string[], count: number): readonly string[] {
  const target = wanted.trim().toLowerCase().slice(0, WANTED_CHARACTERS_MAX);
  return names
    .map((name) => ({ name, distance: editDistance(target, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(target.length, name.length) / 3)
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, count)
    .map(({ name }) => name);
}

const WANTED_CHARACTERS_MAX = 100;

/** Levenshtein's, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
