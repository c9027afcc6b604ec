// What is read from a file, a setting or a word of the command line: any text is read, or refused by an error of ours.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { AuditLog } from '../../src/access/audit/audit-log.ts';
import { UserFile } from '../../src/access/login/users.ts';
import { readDotEnv } from '../../src/cli/dot-env.ts';
import { parseWhen } from '../../src/cli/when.ts';
import { TokenWatchError } from '../../src/core/errors.ts';
import { parseBudget } from '../../src/ledger/book/budget-request.ts';
import { priceRows, readUserPrices } from '../../src/pricing/user-prices.ts';
import { parseRecording } from '../../src/recorder/recording.ts';
import { readSettings, SETTINGS } from '../../src/settings.ts';
import { storeAddress } from '../../src/storage/transfer/address.ts';
import { temporaryFolder } from '../at-end.ts';

const RUNS = { numRuns: 60 };
const PIECES = [
  ...[
    '1',
    '0',
    '-',
    '.',
    'e',
    '%',
    'd',
    'h',
    'ms',
    'K',
    'M',
    ',',
    ':',
    '/',
    '//',
    '@',
    '=',
    ' ',
    '#',
    '?',
    '*',
    '\n',
  ],
  ...[
    'http://',
    'postgres://',
    '[',
    ']',
    '{',
    '}',
    '"',
    '__proto__',
    'true',
    'off',
    'auto',
    '2026-02-30',
    'T25:61',
    '∞',
  ],
];
const words = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 8 })
  .map((all) => all.join(''));

/** Its value; undefined where it was refused in words. */
function readOr<T>(what: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof TokenWatchError, `${what}: ${(error as Error)?.stack ?? error}`);
    return undefined;
  }
}

test('any text for any setting is read, or refused by its name', () => {
  for (const name of Object.keys(SETTINGS))
    fc.assert(
      fc.property(words, (text) => {
        readOr(`${name}=${JSON.stringify(text)}`, () =>
          readSettings({ TOKENWATCH_DATA_DIR: '/x', [name]: text }),
        );
      }),
      RUNS,
    );
});

test('moments, budgets and addresses of stores are read, or refused', () => {
  fc.assert(
    fc.property(words, words, (text, other) => {
      const when = readOr('when', () => parseWhen(text, 1e12));
      assert.ok(when === undefined || Number.isFinite(when), `${text} is ${when}`);
      const budget = readOr('budget', () =>
        parseBudget(
          { limit: text, period: 'daily', model: other, thresholds: '50', webhookUrl: undefined, tag: text },
          { id: 'b', webhookSecret: 's', createdAtMs: 0 },
        ),
      );
      assert.ok(
        budget === undefined || (Number.isSafeInteger(budget.limitNanoUsd) && budget.limitNanoUsd >= 0),
      );
      readOr('store', () => storeAddress(text, other));
    }),
    { numRuns: 500 },
  );
});

test('files of anything are prices, recordings, users and variables, or refused', (context) => {
  const folder = temporaryFolder(context, 'files');
  const path = join(folder, 'file');
  const row = fc.dictionary(
    fc.constantFrom(
      'input',
      'output',
      'cacheRead',
      'per',
      'unit',
      '__proto__',
      'input_cost_per_token',
      'aliases',
    ),
    fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.double(), words),
  );
  const prices = fc
    .dictionary(fc.oneof(words, fc.constant('gpt-4o')), row)
    .map((models) => JSON.stringify({ models }));
  const lines = fc
    .array(fc.oneof(fc.json({ maxDepth: 2 }), words), { maxLength: 4 })
    .map((all) => all.join('\n'));
  const bytes = fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some));
  fc.assert(
    fc.property(fc.oneof(prices, lines, words, bytes), (content) => {
      writeFileSync(path, content);
      const text = content.toString();
      for (const { price } of [...(readOr('rows', () => priceRows(text, 'file')) ?? [])].map(([, value]) => ({
        price: value,
      })))
        assert.equal(typeof price, 'object');
      readOr('prices', () => readUserPrices(path));
      readOr('recording', () => parseRecording(text, path));
      readOr('variables', () => readDotEnv(path));
      writeFileSync(join(folder, 'users.json'), content);
      readOr('users', () => new UserFile(folder).all);
      writeFileSync(join(folder, 'audit.jsonl'), content);
      readOr('audit', () => new AuditLog(folder).verify());
      readOr('audit', () => new AuditLog(folder).recent(5));
    }),
    { numRuns: 300 },
  );
});
