import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { AuditLog } from '../access/audit/audit-log.ts';
import { KeyBook } from '../access/keys/key-book.ts';
import { newKeyPepper, peppersOf } from '../access/keys/pepper.ts';
import type { RuleBook, RuleEntry } from '../core/rule-book.ts';
import { listSpools } from '../record/spool.ts';
import { readSettings } from '../settings.ts';
import { instanceOf } from '../storage/instance.ts';
import { damagedFiles } from './damaged-files.ts';

const NOW_MS = 1_800_000_000_000;

/** The keys of a store that is a list. */
function keysIn(dataDir: string) {
  const entries: RuleEntry[] = [];
  const book = new KeyBook({
    book: {
      rules: async () => ({ version: entries.length, entries }),
      addRule: async (entry: RuleEntry) => entries.push(entry) > 0,
    } as unknown as RuleBook,
    clock: { now: () => NOW_MS, monotonicMs: () => 0 } as never,
    pepper: (hasKeys) => newKeyPepper(dataDir, [], hasKeys),
  });
  return { entries, book };
}

async function wellFolder(context: TestContext) {
  const dataDir = temporaryFolder(context, 'damage');
  const { entries, book } = keysIn(dataDir);
  await book.create('ci', { expires: '90d' });
  new AuditLog(dataDir).add({ who: 'ann', role: 'admin', action: 'x', before: null, after: null }, NOW_MS);
  const told = (nowMs = NOW_MS, more = {}): string => {
    const settings = readSettings({ TOKENWATCH_DATA_DIR: dataDir, ...more });
    return damagedFiles({ settings, keys: entries, nowMs }).join('\n');
  };
  return { dataDir, book, entries, told };
}

test('of a folder that is well nothing is told', async (context) => {
  const { told } = await wellFolder(context);
  assert.equal(told(), '');
});

for (const [name, content, words] of [
  ['key-pepper', null, /key-pepper, .* is missing: every one of them is refused\. Restore it/],
  ['key-pepper', 'short', /holds no secret of 32 characters/],
  ['key-pepper', 'folder', /key-pepper, .* cannot be read \(EISDIR/],
  ['users.json', '{x', /users\.json cannot be read: it is no JSON.*nobody is let in/],
  ['users.json', 'folder', /users\.json cannot be read: EISDIR/],
  ['audit-head.json', null, /audit-head\.json, .* is missing or damaged/],
  ['audit-head.json', '', /audit-head\.json, .* is missing or damaged/],
  ['audit-head.json', 'folder', /audit-head\.json, .* is missing or damaged/],
  ['audit.jsonl', 'folder', /audit\.jsonl is no file/],
  ['token', 'folder', /token .* cannot be read \(EISDIR/],
] as const)
  test(`${name} ${content === null ? 'that is gone' : `that is ${content || 'empty'}`} is told of`, async (context) => {
    const { dataDir, told } = await wellFolder(context);
    const path = join(dataDir, name);
    rmSync(path, { force: true });
    if (content === 'folder') mkdirSync(path);
    else if (content !== null) writeFileSync(path, content);
    assert.match(told(), words);
  });

test('a lost pepper is nobody’s where no key is in use, or where the settings have it', async (context) => {
  const { dataDir, told } = await wellFolder(context);
  const lost = readFileSync(join(dataDir, 'key-pepper'), 'utf8').trim();
  rmSync(join(dataDir, 'key-pepper'));
  assert.notEqual(told(), '');
  assert.equal(told(NOW_MS + 91 * 86_400_000), '');
  assert.equal(told(NOW_MS, { TOKENWATCH_KEY_PEPPER: lost }), '');
});

test('a pepper in whose place another one came is told of, with the keys that are refused', async (context) => {
  const { dataDir, book, told } = await wellFolder(context);
  const before = readFileSync(join(dataDir, 'key-pepper'), 'utf8').trim();
  writeFileSync(join(dataDir, 'key-pepper'), 'y'.repeat(43));
  await book.create('new', {});
  assert.match(
    told(),
    /keys in use \("ci"\) were hashed with another secret than .*key-pepper holds: .*rotate/,
  );
  assert.equal(told(NOW_MS + 91 * 86_400_000), '', 'the key is over');
  const set = (...peppers: string[]) => told(NOW_MS, { TOKENWATCH_KEY_PEPPER: peppers.join() });
  assert.match(set('z'.repeat(32), before), /\("new"\) .* than TOKENWATCH_KEY_PEPPER holds/);
  assert.equal(set('y'.repeat(43), before), '');
});

test('a key of a version that did not tell its pepper is taken for good', async (context) => {
  const { dataDir, entries, told } = await wellFolder(context);
  const [{ definition }] = entries as [RuleEntry];
  delete (definition as { hashes: [{ pepper?: string }] }).hashes[0].pepper;
  writeFileSync(join(dataDir, 'key-pepper'), 'y'.repeat(43));
  assert.equal(told(), '');
});

test('a lost pepper is not replaced in silence: neither by a look at a key, nor by a new one', async (context) => {
  const { dataDir, book, told } = await wellFolder(context);
  rmSync(join(dataDir, 'key-pepper'));
  assert.deepEqual(peppersOf(dataDir, []), []);
  await assert.rejects(book.create('second', {}), /No key was made: .*key-pepper.* is missing/);
  assert.match(told(), /is missing/);
});

test('what is in the place of a file that a start needs is named, with what to do', (context) => {
  const dataDir = temporaryFolder(context, 'damage');
  mkdirSync(join(dataDir, 'instance'));
  assert.throws(() => instanceOf(dataDir), /instance, which .*EISDIR.*Take away what is in its place/);
  writeFileSync(join(dataDir, 'spool'), '');
  assert.throws(() => listSpools(dataDir), /spool, in which records wait .*Take away what is in its place/);
});

test('an id of a folder that a power cut has emptied is made anew, and kept', (context) => {
  const dataDir = temporaryFolder(context, 'damage');
  const first = instanceOf(dataDir);
  assert.equal(instanceOf(dataDir), first);
  writeFileSync(join(dataDir, 'instance'), '');
  const second = instanceOf(dataDir);
  assert.match(second, /^[\da-f-]{36}$/);
  assert.equal(instanceOf(dataDir), second);
});
