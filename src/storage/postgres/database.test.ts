import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { visitStore } from '../registry.ts';
import { numbered, storableText, withoutPassword } from './database.ts';

test('a database that is not there is told by its address, without its password', async () => {
  const url = 'postgres://user:not-a-secret@127.0.0.1:1/nowhere?sslmode=disable';
  const settings = { TOKENWATCH_DATA_DIR: tmpdir(), TOKENWATCH_DATABASE_URL: url };
  await assert.rejects(visitStore(settings, 'refuse'), (error: Error) => {
    assert.match(error.message, /postgres:\/\/user@127\.0\.0\.1:1\/nowhere failed: .*ECONNREFUSED/);
    assert.doesNotMatch(error.message, /not-a-secret/);
    return true;
  });
  assert.equal(withoutPassword(url), 'postgres://user@127.0.0.1:1/nowhere');
});

test('parameters are numbered in their order, behind those that have a number', () => {
  assert.equal(numbered('a = ? AND b = ?'), 'a = $1 AND b = $2');
  assert.equal(numbered('f(?1, ?1) AND b = ?'), 'f($1, $1) AND b = $2');
});

test('a text that PostgreSQL would refuse is stored as near to it as can be', () => {
  assert.equal(storableText('a\u0000b\ud800c'), 'a\uFFFDb\uFFFDc');
});
