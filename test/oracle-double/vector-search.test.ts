// Similar prompts are found in the database: exactly, or by an index of vectors where one is asked for and can be made.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { answer } from '../../src/storage/conformance/cache.ts';
import { question } from '../../src/storage/conformance/semantic.ts';
import { OracleDatabase } from '../../src/storage/oracle/database.ts';
import { roomsOf } from '../../src/storage/oracle/rooms.ts';
import { doubleIsThere, type OracleServer, startDouble } from '../oracle-server.ts';
import { runCommand } from '../run-command.ts';

const missing = doubleIsThere();
if (missing !== null) test('vector search in Oracle Database', { skip: missing });
else testSearch();

function testSearch(): void {
  let server: OracleServer;
  let database: OracleDatabase;
  const environment = (index: string): Record<string, string> => ({
    TOKENWATCH_ORACLE_DSN: server.address.dsn,
    TOKENWATCH_ORACLE_USER: server.address.user,
    TOKENWATCH_ORACLE_PASSWORD: server.address.password,
    TOKENWATCH_ORACLE_VECTOR_INDEX: index,
  });
  const angles = [0, 0.2, 0.5, 1, 2, 3];
  const vectorAt = (angle: number): Float32Array => Float32Array.of(Math.cos(angle), Math.sin(angle));

  before(async () => {
    server = await startDouble();
    database = new OracleDatabase(server.address, 2);
    await database.migrate();
    const { cache, semantic } = roomsOf(database);
    for (const [index, angle] of angles.entries()) {
      await cache.putAnswer(answer(`k${index}`, { createdAtMs: 1, expiresAtMs: index === 1 ? 400 : 1000 }));
      await semantic.putQuestion(question(`k${index}`, { vector: vectorAt(angle) }));
    }
  });
  after(async () => {
    await database.close();
    await server.close();
  });

  /** The keys of the nearest to the first, by a store that asks for this index. */
  const nearest = async (
    vectorIndex: 'none' | 'hnsw' | 'ivf',
  ): Promise<{ readonly about: string; readonly keys: readonly string[] }> => {
    const { semantic } = roomsOf(database, { vectorIndex });
    const { by, about } = await semantic.openSearch(2);
    assert.equal(by, 'store');
    const { questions } = await semantic.nearestQuestions('p', vectorAt(0.1), 3, 500);
    return { about, keys: questions.map(({ key }) => key) };
  };
  const keys = ['k0', 'k2', 'k3'];
  const lastSearch = (): string =>
    readFileSync(server.log ?? '', 'utf8')
      .split('\n')
      .filter((line) => /VECTOR_DISTANCE/.test(line))
      .at(-1) ?? '';

  test('without an index every vector of the partition is compared', async () => {
    assert.deepEqual(await nearest('none'), { about: 'in the database, one by one (exact)', keys });
    assert.match(lastSearch(), /FETCH FIRST :how_many ROWS ONLY/);
  });

  test('an index that needs vector memory is not made without it, and it is said what to do', async () => {
    const { about, keys: found } = await nearest('hnsw');
    assert.match(about, /one by one \(exact\).*ORA-51962.*VECTOR_MEMORY_SIZE/);
    assert.deepEqual(found, keys);
    const { stdout } = await runCommand('doctor', [], environment('hnsw'));
    assert.match(
      stdout,
      /WARNING {2}vector index: TOKENWATCH_ORACLE_VECTOR_INDEX is hnsw, and there is none/,
    );
  });

  test('vectors of another embedder keep an index from being made', async () => {
    const { cache, semantic } = roomsOf(database);
    await cache.putAnswer(answer('other', { createdAtMs: 1 }));
    await semantic.putQuestion(question('other', { partition: 'o', vector: Float32Array.of(1, 0, 0) }));
    const { about, keys: found } = await nearest('ivf');
    assert.match(about, /ORA-51902.*one number of dimensions/);
    assert.deepEqual(found, keys);
    await database.run({ sql: "DELETE FROM cache_questions WHERE partition_name = 'o'", binds: {} });
  });

  test('an index is made once, and asked', async () => {
    for (const attempt of [1, 2]) {
      const { about, keys: found } = await nearest('ivf');
      assert.equal(about, 'in the database, by its vector index (IVF)', `attempt ${attempt}`);
      assert.deepEqual(found, keys);
      assert.match(lastSearch(), /FETCH APPROX FIRST \d+ ROWS ONLY WITH TARGET ACCURACY 95/);
    }
    const { stdout } = await runCommand('doctor', [], environment('ivf'));
    assert.match(stdout, /ok {7}vector index: cache_questions_near, VALID/i);
  });
}
