// The double is not only ours and Node's: Oracle's driver for Python, made apart from it, logs in and gets the same.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import oracledb from 'oracledb';
import { doubleIsThere, PYTHON, startDouble } from '../oracle-server.ts';

const skip = doubleIsThere() ?? false;
const SCRIPT = fileURLToPath(new URL('./login.py', import.meta.url));

test('python-oracledb logs in to the double, and both drivers read the same', { skip }, async (context) => {
  const server = await startDouble();
  context.after(() => server.close());
  const { dsn, user, password } = server.address;
  const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, dsn, user, password]);
  const vector = [1, 0.5, -2];
  assert.deepEqual(JSON.parse(stdout), {
    driver: '26.1.0',
    thin: true,
    'wrong password': 'ORA-01017',
    twice: 'ORA-00001',
    LIMIT: 'ORA-00933',
    row: ['one', '1234567890123456789', true, { a: [1, 'z', null] }, 40_000, vector],
    rows: 300,
  });
  const connection = await oracledb.getConnection({ user, password, connectString: dsn });
  try {
    const { rows } = await connection.execute<unknown[]>(
      'SELECT name, amount, flag, facts, words, embedding FROM login_check WHERE name = :name',
      ['one'],
      {
        fetchTypeHandler: ({ dbType }) =>
          dbType === oracledb.DB_TYPE_NUMBER || dbType === oracledb.DB_TYPE_CLOB
            ? { type: oracledb.STRING }
            : undefined,
      },
    );
    const [name, amount, flag, facts, words, embedding] = rows?.[0] ?? [];
    assert.deepEqual(
      [name, amount, flag, facts],
      ['one', '1234567890123456789', true, { a: [1, 'z', null] }],
    );
    assert.equal(String(words).length, 40_000);
    assert.deepEqual([...(embedding as Float32Array)], vector);
  } finally {
    await connection.close();
  }
});
