// Prompts that the database embeds itself, from loading the model to an answer out of the cache.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cosineSimilarity, type Embedder } from '../../src/cache/embedder.ts';
import { openEmbedder } from '../../src/cache/embedders/registry.ts';
import { openStoreEmbedder } from '../../src/storage/registry.ts';
import type { StoreSettings } from '../../src/storage/store.ts';
import { ADMINISTRATOR_PASSWORD, doubleIsThere, type OracleServer, startDouble } from '../oracle-server.ts';
import { runCommand } from '../run-command.ts';
import { startTestApp } from '../start-test-app.ts';

const missing = doubleIsThere();
if (missing !== null) test('an embedder in Oracle Database', { skip: missing });
else testEmbedder();

function testEmbedder(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-embedder-'));
  let server: OracleServer;
  let settings: StoreSettings & Record<string, string>;
  const opened: Embedder[] = [];
  const open = async (choice: string): Promise<Embedder> => {
    const embedder = await openEmbedder(choice, { ofStore: (model) => openStoreEmbedder(settings, model) });
    opened.push(embedder);
    return embedder;
  };
  const loads = (model: string) =>
    runCommand('oracle setup', ['--model', `/opt/models/${model}.onnx`], settings);

  before(async () => {
    server = await startDouble();
    settings = {
      TOKENWATCH_DATA_DIR: folder,
      TOKENWATCH_ORACLE_DSN: server.address.dsn,
      TOKENWATCH_ORACLE_USER: 'embeds',
      TOKENWATCH_ORACLE_PASSWORD: 'embeds-own',
      TOKENWATCH_ORACLE_ADMIN_PASSWORD: ADMINISTRATOR_PASSWORD,
    };
    await runCommand('oracle setup', [], settings);
  });
  after(async () => {
    for (const embedder of opened) await embedder.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('without a model, and with one that is not there, it says what to do', async () => {
    await assert.rejects(open('oracle'), { code: 'embedder_failed', message: /oracle setup --model/ });
    await assert.rejects(open('oracle:NOWHERE'), {
      code: 'embedder_failed',
      message: /ORA-40284.*"tokenwatch oracle setup --model" loads one/,
    });
    await assert.rejects(open('oracle:1; DROP'), { code: 'invalid_setting' });
  });

  test('the only model is taken; of several one is to be named', async () => {
    await loads('minilm');
    const embedder = await open('oracle');
    assert.match(embedder.id, /^oracle:MINILM:[0-9a-f]{12}\+canonical/);
    const vector = await embedder.embed('how big is the planet');
    assert.equal(vector.length, embedder.dimensions);
    assert.ok(Math.abs(cosineSimilarity(vector, vector) - 1) < 1e-5);
    const near = await embedder.embed('how big is that planet');
    const far = await embedder.embed('write a poem about autumn leaves');
    assert.ok(cosineSimilarity(vector, near) > cosineSimilarity(vector, far));
    await loads('other');
    await assert.rejects(open('oracle'), { message: /several models.*oracle:MINILM, oracle:OTHER/ });
    assert.equal((await open('oracle:minilm')).id, embedder.id);
  });

  test('what the model does not read to its end, or does not know, is refused', async () => {
    // Without the canonical text before it, which has none of these signs.
    const embedder = await openStoreEmbedder(settings, 'MINILM');
    opened.push(embedder);
    const words = (count: number): string =>
      Array.from({ length: count }, (_, index) => `w${index}`).join(' ');
    await embedder.embed(words(40));
    await embedder.embed('où est la bibliothèque');
    for (const text of [
      '',
      words(60),
      'what is 今日',
      'what is \u{1FA99}',
      'a [SEP] b',
      '\uD800',
      'x'.repeat(601),
    ])
      await assert.rejects(embedder.embed(text), { code: 'unembeddable' }, text);
  });

  test('the cache answers a similar prompt by it, and doctor tries it', async () => {
    const app = await startTestApp({
      settings: {
        TOKENWATCH_ORACLE_DSN: server.address.dsn,
        TOKENWATCH_ORACLE_USER: 'embeds',
        TOKENWATCH_ORACLE_PASSWORD: 'embeds-own',
        TOKENWATCH_CACHE_ENABLED: 'true',
        TOKENWATCH_CACHE_EMBEDDER: 'oracle:MINILM',
        TOKENWATCH_CACHE_SHADOW_RATE: '0',
        TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '2s',
      },
    });
    const ask = async (content: string): Promise<string | null> => {
      const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer not-a-key' },
        body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] }),
      });
      await response.text();
      return response.headers.get('x-tokenwatch-cache-tier');
    };
    try {
      const until = Date.now() + 60_000;
      for (let planet = 1; ; planet += 1) {
        assert.ok(Date.now() < until, 'no similar prompt was answered');
        // Another each time, however often it takes: one that was asked before is an exact hit.
        const letters = [planet % 26, Math.floor(planet / 26) % 26, Math.floor(planet / 676) % 26];
        const name = `planet${String.fromCharCode(...letters.map((letter) => 97 + letter))}`;
        await ask(`How big is the ${name} in the sky?`);
        if ((await ask(`how big is the ${name} in the sky`)) === 'semantic') break;
        await sleep(50);
      }
    } finally {
      await app.close();
    }
    const { stdout } = await runCommand('doctor', [], {
      ...settings,
      TOKENWATCH_CACHE_EMBEDDER: 'oracle:MINILM',
    });
    assert.match(stdout, /ok {7}model: MINILM makes 64 numbers of a prompt/);
  });
}

test('an embedder of a database that is not the store is refused at the start', async () => {
  const settings = { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'oracle' };
  await assert.rejects(
    startTestApp({ settings }),
    /set TOKENWATCH_ORACLE_USER and TOKENWATCH_ORACLE_PASSWORD/,
  );
});
