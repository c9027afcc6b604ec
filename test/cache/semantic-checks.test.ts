// Checked answers: the client gets the fresh one, and what the checks find makes the cache stricter and stays so.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestRecord } from '../../src/core/record.ts';
import type { CacheAnswer, SemanticReport } from '../../src/dashboard/contract.ts';
import { databasePath } from '../../src/storage/sqlite/database.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import {
  type EmbeddingServer,
  type SaidProvider,
  startEmbeddingServer,
  startSaidProvider,
} from './semantic-servers.ts';

let embeddings: EmbeddingServer;
let provider: SaidProvider;
let app: TestApp;
let folder: string;
let warnings: string[] = [];
before(async () => {
  embeddings = await startEmbeddingServer();
  provider = await startSaidProvider();
});
after(async () => {
  await provider.close();
  await embeddings.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenwatch-checks-'));
  warnings = [];
  provider.answer = (prompt) => `About: ${prompt.toLowerCase().replaceAll('?', '')}`;
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const SETTINGS = {
  TOKENWATCH_CACHE_ENABLED: 'true',
  TOKENWATCH_CACHE_SHADOW_RATE: '0',
  TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '2s',
} as const;

async function start(settings: Partial<Record<string, string>> = {}): Promise<void> {
  app = await startTestApp({
    settings: {
      ...SETTINGS,
      TOKENWATCH_CACHE_EMBEDDER: `endpoint:${embeddings.url}#words`,
      TOKENWATCH_OPENAI_URL: `${provider.url}/v1`,
      TOKENWATCH_DATA_DIR: folder,
      ...settings,
    },
    warn: (message) => warnings.push(message),
  });
  while ((await report()).state !== 'working') await sleep(10);
}

async function report(): Promise<SemanticReport> {
  const response = await fetch(`${app.dashboardUrl}/api/cache?range=1h`);
  const answer = (await response.json()) as CacheAnswer;
  assert.ok(answer.semantic !== null);
  return answer.semantic;
}

async function cli(...words: string[]): Promise<string> {
  const TOKENWATCH_CACHE_EMBEDDER = `endpoint:${embeddings.url}#words`;
  return runWords(['cache', ...words], { TOKENWATCH_CACHE_EMBEDDER, TOKENWATCH_DATA_DIR: folder });
}

const chat = (text: string): object => ({
  model: 'gpt-4.1-mini',
  messages: [{ role: 'user', content: text }],
});

interface Answer {
  readonly said: string | null;
  readonly tier: string | null;
  readonly shadow: string | null;
  readonly text: string;
  readonly session: string;
}

async function ask(text: string): Promise<Answer> {
  const session = randomUUID();
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer k',
      'x-tokenwatch-session': session,
    },
    body: JSON.stringify(chat(text)),
  });
  const body = await response.text();
  await app.recordOf(session);
  const header = (name: string): string | null => response.headers.get(`x-tokenwatch-cache${name}`);
  return { said: header(''), tier: header('-tier'), shadow: header('-shadow'), text: body, session };
}

/** The comparison runs behind the answer. */
async function untilChecks(count: number): Promise<SemanticReport> {
  for (;;) {
    const now = await report();
    if (now.checks.made + now.checks.undecided >= count) return now;
    await sleep(10);
  }
}

/** What the judge's requests left on record. A check is counted a moment before its request is settled. */
async function untilJudged(): Promise<readonly RequestRecord[]> {
  for (;;) {
    const records = await app.analytics.recent({ limit: 10 });
    const judged = records.filter((record) => record.app === 'tokenwatch-cache-judge');
    if (judged.length > 0 && judged.every(({ outcome }) => outcome !== 'in_flight')) return judged;
    await sleep(10);
  }
}

const name = (): string => randomUUID().replaceAll('-', '').replace(/\d/g, 'x').slice(0, 10);

test('a checked hit asks the upstream, gives the fresh answer, and counts agreement', async () => {
  await start({ TOKENWATCH_CACHE_SHADOW_RATE: '100%' });
  const planet = name();
  await ask(`How far is the planet ${planet}?`);
  const asked = provider.asked.length;
  const checked = await ask(`how far is the planet ${planet}`);
  assert.deepEqual([checked.said, checked.tier, checked.shadow], ['MISS', null, 'true']);
  assert.equal(provider.asked.length, asked + 1);
  assert.match(checked.text, new RegExp(`"chatcmpl-${asked + 1}"`));
  const record = await app.recordOf(checked.session);
  assert.deepEqual([record.outcome, record.cacheUse], ['completed', 'shadow']);
  const { checks, distanceNow } = await untilChecks(1);
  assert.deepEqual([checks.made, checks.disagreed, checks.undecided], [1, 0, 0]);
  assert.equal(checks.costNanoUsd, record.costNanoUsd);
  assert.ok(Math.abs(checks.errorBound - 0.95) < 1e-9);
  assert.equal(distanceNow, 0.05);
});

test('answers that differ make the tier stricter and then switch it off, for good and after a restart', async () => {
  await start({ TOKENWATCH_CACHE_SHADOW_RATE: '100%' });
  const distances = new Set<number>();
  provider.answer = (prompt) => `${prompt.endsWith('?') ? 'No' : 'Yes'}, that is so.`;
  let made = 0;
  for (; made < 40 && (await report()).distanceNow > 0; made += 1) {
    const planet = name();
    await ask(`Is the planet ${planet} blue?`);
    await ask(`is the planet ${planet} blue`);
    distances.add((await untilChecks(made + 1)).distanceNow);
  }
  assert.deepEqual([...distances], [0.025, 0.0125, 0]);
  assert.ok(
    warnings.some((warning) => /no longer answered/.test(warning)),
    warnings.join('\n'),
  );
  await app.close();
  await start();
  const planet = name();
  await ask(`Is the planet ${planet} blue?`);
  assert.equal((await ask(`is the planet ${planet} blue`)).said, 'MISS');
  const off = await report();
  assert.equal(off.distanceNow, 0);
  assert.equal(off.checks.disagreed, made);
  assert.match(await cli('stats'), /off: too many checked answers were wrong/);
  // Beginning anew is the operator's to decide.
  await cli('clear');
  while ((await report()).distanceNow === 0) await sleep(20);
  await ask(`Is the moon ${planet} blue?`);
  while ((await ask(`is the moon ${planet} blue`)).tier === null) await sleep(50);
});

test('one template with changing words is checked once it has served many prompts, and stopped', async () => {
  await start({ TOKENWATCH_CACHE_SHADOW_RATE: '0.000001' });
  const planet = name();
  const prompts = Array.from({ length: 12 }, (_, index) => `How far${' ,'.repeat(index + 1)} is ${planet}?`);
  await ask(`How far is ${planet}?`);
  provider.answer = (prompt) => `${prompt.length} parsecs`;
  const said: string[] = [];
  for (const prompt of prompts) {
    const answer = await ask(prompt);
    said.push(answer.shadow === 'true' ? 'checked' : String(answer.tier ?? answer.said));
    if (answer.shadow === 'true') break;
  }
  assert.deepEqual(said, [...new Array(8).fill('semantic'), 'checked']);
  while ((await report()).stoppedEntries === 0) await sleep(10);
  // The check was not chosen by chance: it counts for the entry alone.
  const { checks, distanceNow } = await report();
  assert.deepEqual([checks.made, distanceNow], [0, 0.05]);
});

test('the command line shows what the tier does and would do', async () => {
  await start();
  const planet = name();
  await ask(`How old is the planet ${planet}?`);
  assert.equal((await ask(`how old is the planet ${planet}`)).tier, 'semantic');
  await ask('What is the weather today?');
  for (let seen = await report(); seen.lookups.hit !== 1 || seen.skipped.time !== 1; seen = await report())
    await sleep(20);
  const stats = await cli('stats');
  assert.match(stats, /Embedder endpoint:.*\(working\), distance 0\.05/);
  assert.match(stats, /1 to similar prompts/);
  assert.match(stats, /No look {2}time 1/);
  assert.match(stats, /not measured yet; 1\.0 % is allowed/);
  const file = join(folder, 'request.json');
  writeFileSync(file, JSON.stringify(chat(`HOW old is the planet ${planet}`)));
  const why = ['why', '--endpoint', 'chat/completions', '--body-file', file];
  const stdout = await cli(...why);
  assert.match(stdout, /distance 0\.0000 .*accepted/);
  const [, id = ''] = /^ {2}([0-9a-f]{12}) /m.exec(stdout) ?? [];
  assert.match(await cli('inspect', id), /serves similar prompts: 1 different ones so far/);
  writeFileSync(file, JSON.stringify(chat('Fix this code')));
  assert.match(await cli(...why), /points at something/);
});

test('a lookup beyond the time limit is a miss', async () => {
  await start({ TOKENWATCH_CACHE_LOOKUP_TIMEOUT: '150ms' });
  const planet = name();
  embeddings.mode = 'silent';
  try {
    assert.equal((await ask(`How tall is the planet ${planet}?`)).said, 'MISS');
  } finally {
    embeddings.mode = 'working';
  }
  while ((await report()).lookups['too late'] !== 1) await sleep(10);
});

test('a damaged vector is a miss with a warning, and its answer is still there', async () => {
  await start();
  const planet = name();
  await ask(`How old is the planet ${planet}?`);
  while ((await report()).questions === 0) await sleep(10);
  await app.close();
  const database = new DatabaseSync(databasePath(folder));
  database.exec('UPDATE cache_questions SET vector = zeroblob(length(vector))');
  database.close();
  await start();
  assert.equal((await ask(`how old is the planet ${planet}`)).said, 'MISS');
  assert.ok(warnings.includes('Cache: 1 stored vector was damaged and is gone.'), warnings.join('\n'));
  assert.equal((await ask(`How old is the planet ${planet}?`)).tier, 'exact');
});

test('a model that is set judges answers that differ, with a record and a cost of its own', async () => {
  await start({
    TOKENWATCH_CACHE_SHADOW_RATE: '100%',
    TOKENWATCH_CACHE_JUDGE_MODEL: 'openai:gpt-4.1-nano',
    TOKENWATCH_CACHE_JUDGE_KEY: 'operator-key',
  });
  const said = provider.answer;
  const planet = name();
  let fresh = 0;
  provider.answer = (prompt) => {
    fresh += 1;
    return prompt.startsWith('Two answers') ? 'SAME' : `${said(prompt)} in words of ${fresh}`;
  };
  await ask(`How warm is the planet ${planet}?`);
  await ask(`how warm is the planet ${planet}`);
  const { checks } = await untilChecks(1);
  assert.deepEqual([checks.made, checks.disagreed], [1, 0]);
  const judged = await untilJudged();
  assert.equal(judged.length, 1);
  assert.ok((judged[0]?.costNanoUsd ?? 0) > 0);
  assert.equal(judged[0]?.cacheUse, 'bypass');
});
