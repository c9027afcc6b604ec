// What goes wrong between the store and Oracle Database, over the wire: each is told with what to do, or done again, and
// a record arrives once.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { endLine, startLine, startText } from '../../src/record/spool-line.ts';
import { endOf, startOf } from '../../src/storage/conformance/model.ts';
import { SEMANTIC_ENTRIES } from '../../src/storage/oracle/catalogue/semantic-entries.ts';
import { statement } from '../../src/storage/oracle/catalogue/statement.ts';
import { type OracleAddress, OracleDatabase, storageFailed } from '../../src/storage/oracle/database.ts';
import { faultOf, oraCodeOf } from '../../src/storage/oracle/faults.ts';
import { OracleRecordSink } from '../../src/storage/oracle/record-sink.ts';
import { ADMINISTRATOR_PASSWORD, doubleIsThere, startDouble } from '../oracle-server.ts';
import { runCommand } from '../run-command.ts';

const missing = doubleIsThere();
if (missing !== null) test('faults of Oracle Database', { skip: missing });
else await testFaults();

async function testFaults(): Promise<void> {
  const server = await startDouble();
  const { address } = server;
  const database = new OracleDatabase(address, 4);
  await database.migrate();
  after(async () => {
    await database.close();
    await server.close();
  });
  /** The next `times` statements that hold `words` fail so; 0 cuts the connection. */
  const nextFails = (words: string, code: number, times = 1): void =>
    writeFileSync(server.faults, JSON.stringify({ words, code, times }));
  const failsAt = async (at: OracleAddress): Promise<{ code: number | null; said: string; kind: string }> => {
    const other = new OracleDatabase(at, 1);
    try {
      await other.version();
    } catch (error) {
      return { code: oraCodeOf(error), said: storageFailed(at, error).message, kind: faultOf(error).kind };
    } finally {
      await other.close();
    }
    throw new Error('it did not fail');
  };

  test('a wrong password is ORA-01017, and the settings to look at are named', async () => {
    const { code, said, kind } = await failsAt({ ...address, password: 'wrong' });
    assert.deepEqual([code, kind], [1017, 'settings']);
    assert.match(said, /TOKENWATCH_ORACLE_USER and TOKENWATCH_ORACLE_PASSWORD/);
    assert.doesNotMatch(said, /wrong/);
  });

  test('where nobody listens, and where the listener knows no such service, the DSN is named', async () => {
    const nobody = await failsAt({ ...address, dsn: '127.0.0.1:1/FREEPDB1' });
    assert.equal(nobody.kind, 'away');
    assert.match(nobody.said, /TOKENWATCH_ORACLE_DSN/);
    const listener = await startRefusingListener();
    try {
      const unknown = await failsAt({ ...address, dsn: `127.0.0.1:${listener.port}/NOWHERE` });
      assert.equal(unknown.kind, 'away');
      assert.match(unknown.said, /knows no such service/);
    } finally {
      await listener.close();
    }
  });

  test('a batch whose connection breaks, or that meets a deadlock or a lock, arrives once', async () => {
    const sink = new OracleRecordSink(database, 'here');
    const lines = (id: string, number: number): string[] => {
      const start = startText(startOf(number, { id }));
      return [startLine(start), endLine(start, endOf())];
    };
    for (const [index, code] of [0, 3113, 60, 54].entries()) {
      const id = `fault-${code}`;
      const batch = { owner: 'alive', name: 'alive.spool', lines: lines(id, index), nextOffset: index + 1 };
      nextFails('INSERT INTO requests', code);
      // What is away or broken is the loader's to try again, as it does from the spool; what is busy the store tries itself.
      await sink.take(batch).catch(async (error: unknown) => {
        assert.equal(faultOf(error).kind, 'away', String(error));
        await sink.take(batch);
      });
      const rows = await database.rows(
        statement('SELECT COUNT(*) AS n FROM requests WHERE id = :id', { id: 'name' }),
        {
          id,
        },
      );
      assert.equal(rows[0]?.n, 1, `after ORA-${code}`);
    }
    const total = await database.rows(
      statement('SELECT SUM(requests) AS n FROM rollup_total WHERE grain_ms = 86400000'),
    );
    assert.equal(total[0]?.n, 4, 'sums count each once');
  });

  test('a lock that stays is told as one', async () => {
    nextFails('SELECT last FROM change_counter FOR UPDATE', 60, 50);
    const sink = new OracleRecordSink(database, 'here');
    const start = startText(startOf(9, { id: 'locked' }));
    const taken = sink.take({ owner: 'a', name: 'a.spool', lines: [startLine(start)], nextOffset: 9 });
    await assert.rejects(taken, (error) => oraCodeOf(error) === 60 && faultOf(error).kind === 'busy');
    nextFails('', 0, 0);
  });

  test('no room and no vector memory are told with what to do', async () => {
    for (const [code, advice] of [
      [1536, /QUOTA/],
      [12954, /12 GB/],
      [51962, /VECTOR_MEMORY_SIZE/],
    ] as const) {
      nextFails('FROM cache_questions', code);
      await assert.rejects(
        database.rows(SEMANTIC_ENTRIES.question, { entry_key: 'x' }),
        (error) => advice.test(storageFailed(address, error).message) && oraCodeOf(error) === code,
      );
    }
  });

  test('what is no SQL of Oracle’s is refused, with its code', async () => {
    const wrong: readonly (readonly [string, number])[] = [
      ['SELECT id FROM requests LIMIT 5', 933],
      ['INSERT INTO ratings (request_id) VALUES (1) ON CONFLICT (request_id) DO NOTHING', 933],
      ['SELECT id app model FROM requests', 900],
      ['UPDATE requests SET app = 1 RETURNING app', 925],
      ['SELECT id FROM requests AS x WHERE x.id = 1', 933],
      ['SELECT id FROM (SELECT id FROM requests) AS x', 933],
      ['ROLLBACK TO SAVEPOINT a RELEASE SAVEPOINT a', 933],
      ['MERGE INTO ratings USING dual ON 1 = 1 WHEN MATCHED THEN UPDATE SET rating = 1', 906],
      ['CREATE TABLE IF NOT EXISTS x (a TEXT)', 902],
      ["SELECT id FROM requests WHERE app ILIKE 'x'", 920],
      ['DELETE FROM requests WHERE id = $1', 900],
      ['SELECT IFNULL(app, 1) FROM requests', 904],
      ["SELECT json_extract(runs, '$') FROM requests", 904],
      ['INSERT OR REPLACE INTO ratings (request_id) VALUES (1)', 900],
      ['PRAGMA journal_mode', 900],
      ['SELECT id FROM nowhere', 942],
      ['SELECT no_such_column FROM requests', 904],
    ];
    const codes: (readonly [string, number | null])[] = [];
    for (const [sql] of wrong) {
      const error: unknown = await database.run(statement(sql)).then(
        () => null,
        (reason: unknown) => reason,
      );
      codes.push([sql, oraCodeOf(error)]);
    }
    assert.deepEqual(codes, wrong);
  });

  test('setup makes a user with the least privileges, who then can do all that the store does', async () => {
    const environment = {
      TOKENWATCH_ORACLE_DSN: address.dsn,
      TOKENWATCH_ORACLE_USER: 'newcomer',
      TOKENWATCH_ORACLE_PASSWORD: 'newcomers-own',
      TOKENWATCH_ORACLE_ADMIN_PASSWORD: ADMINISTRATOR_PASSWORD,
    };
    const before = await runCommand('doctor', ['--json'], environment);
    assert.deepEqual(verdictsOf(before.stdout), [['connection', 'fault']]);
    const refused = await runCommand('oracle setup', [], {
      ...environment,
      TOKENWATCH_ORACLE_ADMIN_PASSWORD: 'x',
    });
    assert.match(refused.stderr, /administrator SYSTEM was refused .*ORA-01017/);
    const made = await runCommand('oracle setup', ['--model', '/opt/models/minilm.onnx'], environment);
    assert.equal(made.stderr, '');
    assert.doesNotMatch(made.stdout, /newcomers-own/);
    const again = await runCommand('oracle setup', ['--model', '/opt/models/minilm.onnx'], environment);
    assert.match(again.stdout, /MINILM is loaded already/);
    const other = await runCommand('oracle setup', [], {
      ...environment,
      TOKENWATCH_ORACLE_PASSWORD: 'another',
    });
    assert.match(other.stderr, /was there before, with another password/);
    const { stdout } = await runCommand('doctor', ['--json'], environment);
    const verdicts = new Map(verdictsOf(stdout));
    assert.deepEqual(
      [...verdicts].filter(([, verdict]) => verdict === 'fault' || verdict === 'warning'),
      [],
      stdout,
    );
    for (const subject of ['privileges', 'quota', 'clock and time zone', 'vectors', 'model'])
      assert.equal(verdicts.get(subject), 'ok', subject);
  });

  test('doctor warns of a user who may do everything', async () => {
    const { stdout } = await runCommand('doctor', [], {
      TOKENWATCH_ORACLE_DSN: address.dsn,
      TOKENWATCH_ORACLE_USER: 'SYSTEM',
      TOKENWATCH_ORACLE_PASSWORD: ADMINISTRATOR_PASSWORD,
    });
    assert.match(stdout, /WARNING {2}privileges: more than it needs: .*CREATE ANY DIRECTORY/);
    assert.match(stdout, /note {5}vector memory: none; the exact search needs none/);
    assert.match(stdout, /12 GB/);
  });

  test('binds reach the server typed as they are declared', () => {
    const sent = readFileSync(server.log ?? '', 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as readonly unknown[]);
    assert.ok(
      sent.some(([what]) => what === 'rollback'),
      'a broken transaction is rolled back',
    );
    const sessions = sent.filter(([, sql]) => /^ALTER SESSION/.test(String(sql)));
    assert.ok(sessions.length > 0 && sessions.every(([, sql]) => /TIME_ZONE = '\+00:00'/.test(String(sql))));
  });
}

/** Of the store alone: the rest of the machine is not this test's. */
function verdictsOf(json: string): [string, string][] {
  const { checked } = JSON.parse(json) as {
    checked: readonly { name: string; findings: readonly { subject: string; verdict: string }[] }[];
  };
  return checked
    .filter(({ name }) => name === 'Store')
    .flatMap(({ findings }) => findings.map(({ subject, verdict }): [string, string] => [subject, verdict]));
}

/** Answers every connection with the listener's refusal: ORA-12514. */
async function startRefusingListener(): Promise<{ port: number; close: () => Promise<void> }> {
  const text = Buffer.from(
    '(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))',
  );
  const packet = Buffer.alloc(12 + text.length);
  packet.writeUInt16BE(packet.length, 0);
  packet.writeUInt8(4, 4);
  packet.writeUInt16BE(text.length, 10);
  text.copy(packet, 12);
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(packet));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const place = listener.address();
  assert.ok(place !== null && typeof place === 'object');
  return {
    port: place.port,
    close: () => new Promise((resolve) => listener.close(() => resolve())),
  };
}
