import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openArchivist } from '../archive/open-archivist.ts';
import { SqliteDatabase } from '../storage/sqlite/database.ts';
import { SqlitePromptArchive } from '../storage/sqlite/prompt-archive.ts';
import { promptSource } from './prompt-source.ts';
import { planStored, type StoredReplay } from './stored-replay.ts';

const OPTIONS: StoredReplay = {
  target: 'gpt-4o',
  prompts: {},
  ids: null,
  sample: null,
  concurrency: 1,
  mostNanoUsd: 0,
  outputTokensMax: null,
  noise: 0,
  judge: null,
  retriesDoubtful: false,
};
const FACTS = {
  protocol: 'openai' as const,
  ...{ endpoint: 'chat/completions', path: '/v1/chat/completions', app: 'app' },
  ...{ tag: null, session: null, modelRequested: 'm', modelUsed: 'm', outcome: 'completed', status: 200 },
  ...{ streamed: false, latencyMs: 1, inputTokens: 1, outputTokens: 1, costNanoUsd: 1 },
};

test('a server takes so many prompts at most, and says what to do with more; a sample of them fits', async () => {
  const database = new SqliteDatabase('', ':memory:');
  const archive = new SqlitePromptArchive(database.connection);
  const archivist = await openArchivist(archive, { redacts: false, keys: [], itemBytesMax: 1024 });
  for (const startedAtMs of [1, 2, 3]) {
    const facts = { ...FACTS, id: `prompt-${startedAtMs}`, startedAtMs };
    const request = Buffer.from('{"model":"m","messages":[{"role":"user","content":"question"}]}');
    assert.equal(await archivist.keep({ facts, request, answer: null }), null);
  }
  const source = promptSource(archive, async () => archivist);
  const plan = (more: Partial<StoredReplay>, promptsMax?: number) => {
    const costOf = (task: Parameters<Parameters<typeof planStored>[2]['costOf']>[0]) => ({
      ...{ task, expectedNanoUsd: 1, worstNanoUsd: 2, inputTokens: 1, outputTokens: 1 },
    });
    return planStored(source, { ...OPTIONS, ...more }, { costOf }, promptsMax);
  };
  await assert.rejects(plan({}, 2), /More than 2 stored prompts are of that kind.*a sample of them/);
  assert.equal((await plan({}, 3)).chosen.length, 3);
  assert.equal((await plan({ sample: 2 }, 2)).chosen.length, 2);
  assert.equal((await plan({})).chosen.length, 3);
  database.close();
});
