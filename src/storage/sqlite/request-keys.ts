// Each ended request bears the number of its key in the roll-ups, and an index leads from there to the requests of each
// key, with what lists are sorted by. What matches a filter is found by the keys that match it, however few there are.
// Whoever puts requests without it (a move, a repair) has them numbered here; until then lists read them one by one.

import type { DatabaseSync } from 'node:sqlite';
import { KEY_COLUMNS } from '../rollup/rollup-batch.ts';

const INDEX = `CREATE INDEX IF NOT EXISTS requests_keyed
  ON requests (key_id, started_at_ms, cost_nano_usd, latency_ms, output_tokens)`;

export function migrateRequestKeys(connection: DatabaseSync): void {
  connection.exec('ALTER TABLE requests ADD COLUMN key_id INTEGER');
  numberRequests(connection);
  connection.exec(INDEX);
}

/** Of those that have ended. One whose key the roll-ups do not know stays without a number. */
export function numberRequests(connection: DatabaseSync): void {
  const numbers = new Map<string, number>();
  for (const { id, key } of connection.prepare('SELECT id, key FROM rollup_keys').all())
    numbers.set(String(key), Number(id));
  connection.function('number_of_key', { varargs: true }, (...values) => {
    return numbers.get(JSON.stringify(values)) ?? null;
  });
  connection.exec(`UPDATE requests SET key_id = number_of_key(${KEY_COLUMNS.join(', ')})
    WHERE outcome <> 'in_flight'`);
}
