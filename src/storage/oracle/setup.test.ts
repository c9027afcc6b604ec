import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userStatements } from './catalogue/setup.ts';
import { setUp, setupPlan, setupScript } from './setup.ts';

const wanted = { user: 'tokenwatch', tablespace: 'users', quota: 'unlimited', model: null };
const sqlOf = (given: Partial<Parameters<typeof setupPlan>[0]>): string =>
  userStatements(setupPlan({ ...wanted, ...given }), 'a password')
    .map(({ sql }) => sql)
    .join('\n');

test('a user without a model may connect and make tables, and nothing else', () => {
  const grants = sqlOf({}).match(/^GRANT .*$/gm);
  assert.deepEqual(grants, ['GRANT CREATE SESSION TO "TOKENWATCH"', 'GRANT CREATE TABLE TO "TOKENWATCH"']);
  assert.match(sqlOf({ quota: '10g' }), /QUOTA 10G ON "USERS"/);
});

test('a model is read from its folder, and called as its file is', () => {
  const model = "/opt/it's/all-MiniLM_L12.v2.onnx";
  assert.match(sqlOf({ model }), /DIRECTORY "TOKENWATCH_MODELS" AS '\/opt\/it''s'/);
  assert.match(sqlOf({ model }), /GRANT CREATE MINING MODEL TO "TOKENWATCH"/);
  assert.equal(setupPlan({ ...wanted, model }).model?.name, 'ALL_MINILM_L12_V2');
  assert.equal(setupPlan({ ...wanted, model: '/m.onnx' }).model?.folder, '/');
});

test('what would break out of a statement is refused by name', () => {
  const refused: readonly Partial<typeof wanted>[] = [
    { user: 'a" IDENTIFIED BY "b' },
    { user: '' },
    { user: 'two words' },
    { tablespace: 'users" QUOTA 1 ON "x' },
    { quota: '10 GB' },
    { quota: '0' },
    { quota: 'UNLIMITED ON x' },
  ];
  for (const given of refused)
    assert.throws(() => setupPlan({ ...wanted, ...given }), {
      code: 'invalid_argument',
      message: new RegExp(Object.values(given).join('').slice(0, 4)),
    });
  for (const model of ['model.onnx', '/opt/model.bin', '/opt/\n/m.onnx', '/opt/1.onnx'])
    assert.throws(() => setupPlan({ ...wanted, model }), { code: 'invalid_argument' });
});

test('the script for a DBA asks for the password and holds none', () => {
  const script = setupScript(setupPlan({ ...wanted, model: '/opt/m.onnx' }), 'db:1521/FREEPDB1').join('\n');
  assert.match(script, /^ACCEPT tokenwatch_password CHAR PROMPT .* HIDE$/m);
  assert.deepEqual(
    [...script.matchAll(/IDENTIFIED BY (\S+)|"TOKENWATCH"\/(\S+)@/g)].map(([, one, other]) => one ?? other),
    ['"&tokenwatch_password"', '"&tokenwatch_password"'],
  );
  // A block ends in a line of its own; every other statement in a semicolon.
  assert.match(script, /END;\n\/\n/);
});

test('a password that no statement can hold is refused before anything is asked', async () => {
  const address = { dsn: '127.0.0.1:1/none', user: 'tokenwatch', password: 'a" or "b' };
  await assert.rejects(
    setUp(setupPlan(wanted), address, { ...address, user: 'SYSTEM' }, () => undefined),
    /TOKENWATCH_ORACLE_PASSWORD holds a quotation mark/,
  );
});
