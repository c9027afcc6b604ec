import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { doubleIsThere, startDouble } from '../../../test/oracle-server.ts';
import { runCommand } from '../../../test/run-command.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { statement } from './catalogue/statement.ts';
import { conformanceIn } from './conformance-process.ts';
import { OracleDatabase } from './database.ts';
import { verifyOracle } from './verification.ts';

const skip = doubleIsThere() ?? false;

test('a verification runs every statement and the suite, reports, takes all back, and drops what it made', {
  skip,
}, async (context) => {
  const server = await startDouble();
  context.after(() => server.close());
  const { dsn, user, password } = server.address;
  const environment = {
    TOKENWATCH_ORACLE_DSN: dsn,
    TOKENWATCH_ORACLE_USER: user,
    TOKENWATCH_ORACLE_PASSWORD: password,
  };
  // The whole suite is a test of its own, on the same double.
  const { stdout, stderr } = await runCommand('oracle verify', ['--json', '--only', 'leases'], environment);
  const report = JSON.parse(stdout) as {
    readonly server: string;
    readonly statements: number;
    readonly understood: number;
    readonly refused: readonly { readonly name: string; readonly fault: string }[];
    readonly conformance: { readonly passed: number; readonly failed: readonly unknown[] };
  };
  assert.match(report.server, /^Oracle Database 26ai/);
  const run = [...(await catalogue()).keys()].filter(
    (name) => !/^(?:schema|setup|verification|database)\./.test(name),
  );
  assert.equal(report.statements, run.length);
  // Of Oracle Text the double has nothing, and of the instance's parameters it tells a DBA alone.
  assert.deepEqual(
    report.refused.map(({ name }) => name),
    ['prompt-archive.search', 'examination.vectorMemory'],
  );
  assert.equal(report.understood, report.statements - 2);
  assert.match(stderr, /2 of \d+ statements were refused, and 0 tests failed/);
  assert.deepEqual(report.conformance.failed, []);
  assert.ok(report.conformance.passed >= 2, stdout);
  assert.doesNotMatch(stdout, new RegExp(`${password}|${dsn}`));

  const database = new OracleDatabase(server.address, 2);
  const rows = statement('SELECT COUNT(*) AS n FROM requests');
  await assert.rejects(database.rows(rows), /ORA-00942/);
  await database.migrate();
  const again = await runCommand('oracle verify', ['--statements'], environment);
  assert.match(again.stderr, /holds TokenWatch's own tables/);
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

test('of a suite that failed, each failed test is told with its fault', () => {
  const told = [
    'not ok 1 - Oracle: one',
    '  ---',
    "  error: 'ORA-00942: table or view does not exist'",
    '  ...',
    'ok 2 - Oracle: two',
    '  ---',
    '  duration_ms: 1',
    '  ...',
    'not ok 3 - Oracle: three',
    '  ---',
    '  error: |-',
    '    Expected values to be strictly equal:',
    '    1 !== 2',
    '  ...',
    '# pass 1',
    '# fail 2',
    '# skipped 0',
  ].join('\n');
  assert.deepEqual(conformanceIn(told), {
    passed: 1,
    skipped: 0,
    failed: [
      { title: 'Oracle: one', fault: 'ORA-00942: table or view does not exist' },
      { title: 'Oracle: three', fault: 'Expected values to be strictly equal:' },
    ],
  });
  assert.equal(conformanceIn('Error: no such module'), null);
});
