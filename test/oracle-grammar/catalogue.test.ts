// Every statement that the Oracle store can send is one that Oracle Database 26ai would take, as far as that can be told
// without a server.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue } from '../../src/storage/oracle/catalogue/catalogue.ts';
import { tokensOf } from '../../src/storage/oracle/tokens.ts';
import { faultInParts, type Parts } from './judge.ts';
import { unknownNames, wrongValues } from './names.ts';
import { testJudge } from './statements.ts';
import { plainName, tablesOf } from './tables.ts';

/**
 * The parts that the grammar has taken: it needs a minute for all of them, so that those on this list come before it a few
 * at a time. `TOKENWATCH_TEST_GRAMMAR=list` judges those that are not on it and writes the list, `all` judges every one.
 */
const ACCEPTED = new URL('./accepted-parts.txt', import.meta.url);
const WRITES = process.env.TOKENWATCH_TEST_GRAMMAR !== undefined;
const JUDGES_ALL = process.env.TOKENWATCH_TEST_GRAMMAR === 'all';
/** Of those on the list, so many are judged again by each run. */
const JUDGED_AGAIN = 3;
/** So many new ones come before it at each run. */
const UNLISTED_MAX = 30;

const all = await catalogue();
const tables = tablesOf([...all.values()].map(({ sql }) => sql));
/** What is a name in some statement: a table, a column, or what stands behind AS. */
const names = new Set(
  [...tables]
    .flatMap(([table, columns]) => [table, ...columns.keys()])
    .concat(
      [...all.values()].flatMap(({ sql }) => {
        const tokens = tokensOf(sql);
        const behindAs = tokens.filter(({ kind }, at) => kind === 'name' && tokens[at - 1]?.text === 'AS');
        return behindAs.map(plainName).filter((name) => !/^(?:select)$/.test(name));
      }),
    ),
);

const listed = JUDGES_ALL ? [] : readFileSync(ACCEPTED, 'utf8').split('\n').filter(Boolean);
const again = new Set(
  Array.from(
    { length: JUDGED_AGAIN },
    (_, index) => listed[Math.floor((index * listed.length) / JUDGED_AGAIN)],
  ),
);
const accepted = new Set(listed.filter((part) => !again.has(part)));
const parts: Parts = { accepted, met: new Set(), plainly: new Map() };

test('every statement of the catalogue is one of Oracle’s', () => {
  const faults = [...all].flatMap(([name, { sql }]) => {
    const fault = faultInParts(sql, names, parts);
    return fault === null ? [] : [`${name}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});

testJudge(parts);

test('the list of accepted parts has most of those that there are', () => {
  const met = [...parts.met].sort();
  if (WRITES) return writeFileSync(ACCEPTED, `${met.join('\n')}\n`);
  // What is not on the list was judged just now; when that takes long, the list is to be written again.
  const unlisted = met.filter((part) => !listed.includes(part));
  assert.ok(
    unlisted.length <= UNLISTED_MAX,
    `${unlisted.length} new parts: TOKENWATCH_TEST_GRAMMAR=list npm test -- test/oracle-grammar writes the list again`,
  );
});

test('the binds of a statement are those that it declares', () => {
  for (const [name, { sql, binds }] of all) {
    const named = tokensOf(sql).flatMap(({ kind, text }) => (kind === 'bind' ? [text.slice(1)] : []));
    assert.deepEqual([...new Set(named)].sort(), Object.keys(binds).sort(), name);
  }
});

test('a statement names columns that its tables have', () => {
  assert.equal(tables.get('requests')?.get('streamed')?.type.startsWith('boolean'), true);
  const wrong = [...all].flatMap(([name, { sql }]) => {
    const unknown = unknownNames(sql, tables);
    return unknown.length === 0 ? [] : [`${name}: ${unknown.join(', ')}`];
  });
  assert.deepEqual(wrong, []);
  assert.deepEqual(unknownNames('SELECT id, costs FROM requests WHERE app = :app', tables), ['costs']);
  assert.deepEqual(unknownNames('UPDATE rules SET definiton = :definition WHERE kind = :kind', tables), [
    'definiton',
  ]);
});

test('what is put into a column is of its type, and what a row needs is given', () => {
  const wrong = [...all].flatMap(([name, statement]) =>
    wrongValues(statement, tables).map((fault) => `${name}: ${fault}`),
  );
  assert.deepEqual(wrong, []);
  const judge = (sql: string, binds: Record<string, 'name' | 'number'>): readonly string[] =>
    wrongValues({ sql, binds }, tables);
  assert.match(
    judge('INSERT INTO ratings (request_id, rating) VALUES (:id, :rating)', {
      id: 'name',
      rating: 'number',
    }).join(),
    /at_ms is not given/,
  );
  assert.match(
    judge('UPDATE ratings SET rating = :rating WHERE request_id = :id', {
      id: 'name',
      rating: 'name',
    }).join(),
    /rating is number/,
  );
});

test('no long text comes into a MERGE or a SELECT, where Oracle takes none of more than 4,000 bytes', () => {
  for (const [name, { sql, binds }] of all) {
    if (/^(?:INSERT|UPDATE)/.test(sql) && !/\bSELECT\b/.test(sql)) continue;
    assert.deepEqual(
      Object.values(binds).filter((type) => type === 'long' || type === 'json'),
      [],
      name,
    );
  }
});

test('no row is locked by a statement that sorts or cuts (ORA-02014)', () => {
  for (const [name, { sql }] of all)
    if (/\bFOR UPDATE\b/.test(sql))
      assert.doesNotMatch(sql, /\b(?:ORDER BY|FETCH|DISTINCT|GROUP BY)\b/, name);
});
