// Who imports whom, types counted, and what that says: read from the sources, for the rules of the house.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** From each file to what it imports of our own. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The files that a source names in `import`, `export … from` and `import()`, in types as well. */
export function importsOf(path: string, source: string): readonly string[] {
  const named = source.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'/g);
  return [...named].map((match) => join(dirname(path), match[1] ?? ''));
}

export function importGraph(files: readonly string[]): ImportGraph {
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(file, 'utf8'))]));
}

/**
 * Each knot of files that reach one another, as the shortest way around through its first file:
 * `a.ts → b.ts → a.ts`. None where no file leads back to itself.
 */
export function circlesIn(graph: ImportGraph): readonly string[] {
  const circles: string[] = [];
  const told = new Set<string>();
  for (const file of graph.keys()) {
    if (told.has(file)) continue;
    const way = wayBack(graph, file);
    if (way === null) continue;
    for (const member of way) told.add(member);
    circles.push([file, ...way].join(' → '));
  }
  return circles;
}

/** The shortest way from a file to itself, without its beginning; null where there is none. */
function wayBack(graph: ImportGraph, start: string): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const target of graph.get(file) ?? []) {
      if (target === start) {
        const way = [start];
        for (let step = file; step !== start; step = cameFrom.get(step) ?? start) way.unshift(step);
        return way;
      }
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return null;
}
