import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { oracleIsThere, startDouble } from '../../../test/oracle-server.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { statement } from './catalogue/statement.ts';
import { OracleDatabase } from './database.ts';
import { dropScratch, verifyOracle } from './verification.ts';

const skip = oracleIsThere() ?? false;

test('a verification runs every statement, takes it back, and drops what it made', {
  skip,
}, async (context) => {
  const server = await startDouble();
  context.after(() => server.close());
  const { dsn, user, password } = server.address;
  const settings = {
    TOKENWATCH_DATA_DIR: '.',
    TOKENWATCH_ORACLE_DSN: dsn,
    TOKENWATCH_ORACLE_USER: user,
    TOKENWATCH_ORACLE_PASSWORD: password,
  };
  const clock = (): number => performance.now();
  const { results } = await verifyOracle(settings, clock, () => undefined);
  const run = new Set(results.map(({ name }) => name));
  for (const [name] of await catalogue())
    if (!/^(?:schema|setup|verification|database)\./.test(name)) assert.ok(run.has(name), name);
  // Of a server's dictionary and of Oracle Text the double has nothing.
  const refused = results.filter(({ isUnderstood }) => !isUnderstood).map(({ name }) => name);
  assert.deepEqual(
    refused.filter((name) => !/^examination\.|^prompt-archive\.search$/.test(name)),
    [],
  );
  const database = new OracleDatabase(server.address, 2);
  const rows = statement('SELECT COUNT(*) AS n FROM requests');
  assert.deepEqual(await database.rows(rows), [{ n: 0 }]);
  await dropScratch(settings);
  await assert.rejects(database.rows(rows), /ORA-00942/);

  await database.migrate();
  await assert.rejects(
    verifyOracle(settings, clock, () => undefined),
    /holds TokenWatch's own tables/,
  );
  await dropScratch(settings);
  assert.deepEqual(await database.rows(rows), [{ n: 0 }]);
  await database.close();
});

test('a statement that the server refuses is told with what it said', { skip }, async (context) => {
  const server = await startDouble();
  context.after(() => server.close());
  const { dsn, user } = server.address;
  const settings = {
    TOKENWATCH_DATA_DIR: '.',
    TOKENWATCH_ORACLE_DSN: dsn,
    TOKENWATCH_ORACLE_USER: user,
    TOKENWATCH_ORACLE_PASSWORD: 'wrong',
  };
  await assert.rejects(
    verifyOracle(
      settings,
      () => performance.now(),
      () => undefined,
    ),
    /ORA-01017.*Check TOKENWATCH_ORACLE_USER/,
  );
});
