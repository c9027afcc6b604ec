import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from './counters.ts';
import type { Count, SemanticEntries } from './ports.ts';

function store(): { readonly entries: SemanticEntries; readonly counts: Count[] } {
  const counts: Count[] = [];
  const addCounts = async (more: readonly Count[]): Promise<void> => {
    counts.push(...more);
  };
  return { counts, entries: { addCounts } as unknown as SemanticEntries };
}

test('what a store did not take is counted on, and comes once', async () => {
  const { entries, counts } = store();
  const counters = new Counters();
  const away = { addCounts: async () => Promise.reject(new Error('away')) } as unknown as SemanticEntries;
  counters.add('lookup', 'hit');
  await assert.rejects(counters.write(away), /away/);
  counters.add('lookup', 'hit');
  await counters.write(entries);
  await counters.write(entries);
  assert.deepEqual(counts, [{ kind: 'lookup', name: 'hit', count: 2 }]);
});

test('names beyond the bound are not counted, and known ones go on', async () => {
  const { entries, counts } = store();
  const counters = new Counters();
  for (let name = 0; name < 600; name += 1) counters.add('guard', `guard ${name}`);
  counters.add('guard', 'guard 0');
  await counters.write(entries);
  assert.deepEqual([counts.length, counts[0]?.count], [500, 2]);
});
