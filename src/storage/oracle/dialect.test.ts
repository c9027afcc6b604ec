import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translated } from './dialect.ts';

const CASES: readonly (readonly [string, string])[] = [
  ['SELECT total(a + b) AS n FROM t', 'SELECT COALESCE(SUM(a + b), 0) AS n FROM t'],
  ["SELECT count(*) FILTER (WHERE a = 'x') FROM t", "SELECT COUNT(CASE WHEN a = 'x' THEN 1 END) FROM t"],
  [
    'SELECT min(v) FILTER (WHERE p >= 0.5 * n) FROM t',
    'SELECT MIN(CASE WHEN p >= 0.5 * n THEN v END) FROM t',
  ],
  [
    'SELECT total(1.0 * c * c) FILTER (WHERE NOT (o IN (1, 2))) FROM t',
    'SELECT COALESCE(SUM(CASE WHEN NOT (o IN (1, 2)) THEN 1.0 * c * c END), 0) FROM t',
  ],
  ['SELECT count(DISTINCT app) - 1 FROM t', 'SELECT COUNT(DISTINCT app) - 1 FROM t'],
  ['SELECT a FROM t ORDER BY a LIMIT ?', 'SELECT a FROM t ORDER BY a FETCH FIRST :p1 ROWS ONLY'],
  [
    'SELECT a FROM t WHERE b = ? ORDER BY a LIMIT 1 OFFSET ?',
    'SELECT a FROM t WHERE b = :p1 ORDER BY a OFFSET :p2 ROWS FETCH NEXT 1 ROWS ONLY',
  ],
  ['SELECT at_ms - at_ms % ? AS b FROM t', 'SELECT at_ms - MOD(at_ms, :p1) AS b FROM t'],
  [
    "SELECT a FROM t WHERE session ILIKE ? ESCAPE '\\'",
    `SELECT a FROM t WHERE LOWER("SESSION") LIKE LOWER(:p1) ESCAPE '\\'`,
  ],
  ["SELECT nullif(session, '') AS session FROM t", 'SELECT nullif("SESSION", CHR(1)) AS "SESSION" FROM t'],
  ['SELECT f(?1, ?1) FROM t WHERE b = ? AND c = ?', 'SELECT f(:p1, :p1) FROM t WHERE b = :p2 AND c = :p3'],
  [
    'WITH sessions AS (SELECT 1 FROM t) SELECT sessions.* FROM sessions',
    'WITH sessions AS (SELECT 1 FROM t) SELECT sessions.* FROM sessions',
  ],
];

for (const [given, expected] of CASES) {
  test(`reports in Oracle's words: ${given}`, () => {
    assert.equal(translated(given).sql, expected);
  });
}

test('a sign that is no word of a statement is refused', () => {
  assert.throws(() => translated('SELECT a FROM t WHERE b = $1'), /is no word/);
  assert.throws(() => translated('SELECT count(a FROM t'), /not closed/);
});
