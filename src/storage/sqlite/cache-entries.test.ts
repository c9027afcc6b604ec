import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOM } from './cache-entries.ts';
import { SqliteDatabase } from './database.ts';

test('how much room the answers take is read without the answers', () => {
  const database = new SqliteDatabase('', ':memory:');
  for (const sql of Object.values(ROOM)) {
    const plan = database.connection
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(sql.includes('?') ? [1] : []));
    const steps = plan.map(({ detail }) => String(detail));
    assert.deepEqual(steps, ['SCAN cache_answers USING COVERING INDEX cache_answers_room']);
  }
  database.close();
});
