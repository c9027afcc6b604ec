// An A/B test from its requests to its verdict, by the API and by the command line.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ExperimentAnswer } from '../../src/dashboard/contract.ts';
import { runCommand, runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { promptsAreStored } from '../stored-prompts.ts';

const SESSIONS = 140;
const AT_ONCE = 20;

let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_STORE_PROMPTS: 'true' } });
});
after(() => app.close());

async function api(method: string, path: string, document?: unknown): Promise<Response> {
  return fetch(app.dashboardUrl + path, {
    method,
    ...(document !== undefined && { body: JSON.stringify(document) }),
  });
}

async function json<T>(method: string, path: string, document?: unknown): Promise<T> {
  const response = await api(method, path, document);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as T;
}

async function cli(...words: string[]): Promise<string> {
  return runWords(words, { TOKENWATCH_DATA_DIR: app.dataDir, COLUMNS: '120' });
}

/** The id that the answer carries. */
async function send(session: string): Promise<string> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `Hello ${session}` }] }),
  });
  return ((await response.json()) as { id: string }).id;
}

const report = (): Promise<ExperimentAnswer> => json('GET', '/api/ab/report/mini?margin=5');

test('a test that has begun says that it is too early, and one that ran says what B is', async () => {
  await json('POST', '/api/experiments', { name: 'mini', modelA: 'gpt-4o', modelB: 'gpt-4o-mini' });
  const { experiments } = await json<{ experiments: { name: string; split: number }[] }>(
    'GET',
    '/api/ab/list',
  );
  assert.deepEqual(
    experiments.map(({ name, split }) => [name, split]),
    [['mini', 50]],
  );
  await send('session 0');
  const early = await report();
  assert.equal(early.enough, false);
  assert.match(early.verdict.join('\n'), /Too early to conclude: A has \d sessions? with/);
  for (let first = 1; first < SESSIONS; first += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        await send(`session ${first + index}`);
        await send(`session ${first + index}`);
      }),
    );
  const { variants, comparisons, verdict, sampleRatio } = await report();
  const units = variants.reduce((sum, variant) => sum + variant.units, 0);
  const requests = variants.reduce((sum, variant) => sum + variant.requests, 0);
  assert.deepEqual([units, requests], [SESSIONS + 1, 2 * SESSIONS + 1]);
  assert.equal(sampleRatio.isWrong, false);
  assert.equal(comparisons.cost.finding, 'different');
  assert.ok((comparisons.cost.ratio?.high ?? 1) < 0.5);
  assert.match(verdict[0] ?? '', /^B is 9\d % cheaper \(\d\d–\d\d\)\.$/);
  // Without a failure it takes more than these sessions to say that there is no difference.
  assert.equal(comparisons.failures.finding, 'too_early');
  const text = await cli('ab', 'report', 'mini');
  assert.match(text, /model +gpt-4o +gpt-4o-mini\n *sessions/);
  assert.match(text, /B is 9\d % cheaper/);
  assert.match(text, /No rating for both variants yet/);
  assert.match(text, /hold together in 95 of 100 tests/);
});

test('answers are rated by their own id or by ours, and the last rating counts', async () => {
  const answer = await send('rated');
  const record = await app.recordOf('rated');
  const first = await json<{ rated: { id: string; experiment: string; rating: number } }>(
    'POST',
    '/api/ab/feedback',
    { request: answer, rating: 1 },
  );
  assert.deepEqual([first.rated.id, first.rated.experiment, first.rated.rating], [record.id, 'mini', 1]);
  assert.match(await cli('ab', 'feedback', record.id, '--rating', '4'), /Rated 4: .* of "mini"/);
  const { variants } = await report();
  const rated = variants.find(({ ratedRequests }) => ratedRequests > 0);
  assert.deepEqual([rated?.ratedRequests, rated?.rating?.value], [1, 4]);
});

test('a rating that is none, an unknown request and an unknown name are refused by name', async () => {
  for (const [document, status, about] of [
    [{ request: 'x', rating: 6 }, 400, /rating.*6.*1 to 5/],
    [{ request: 'x', rating: '5' }, 400, /rating.*1 to 5/],
    [{ request: 'x', rating: 5 }, 404, /No request has the id/],
    [{ request: 'x', rating: 5, note: '' }, 400, /no field .*note/],
  ] as const) {
    const response = await api('POST', '/api/ab/feedback', document);
    assert.equal(response.status, status);
    assert.match(await response.text(), about);
  }
  assert.equal((await api('GET', '/api/ab/report/nothing')).status, 404);
  assert.match(await (await api('GET', '/api/ab/report/mini?margin=0')).text(), /margin=.*0.* percentage/);
  assert.match(await (await api('GET', '/api/ab/weather')).text(), /There are \/api\/ab\/list/);
  await assert.rejects(cli('ab', 'feedback', 'x', '--rating', '0'), /--rating \\?"0\\?" is not a whole/);
});

test('a judge’s grades stand beside ratings, from whoever asked it or by the command', async () => {
  await promptsAreStored(app, 2 * SESSIONS);
  const words = ['mini', '--judge', 'openai:gpt-4.1', '--sample', '100'];
  const environment = {
    TOKENWATCH_DATA_DIR: app.dataDir,
    TOKENWATCH_DASHBOARD_PORT: new URL(app.dashboardUrl).port,
    TOKENWATCH_OPENAI_URL: app.provider.url,
    OPENAI_API_KEY: 'k',
  };
  const judge = (...more: readonly string[]) => runCommand('ab judge', [...words, ...more], environment);
  const sent = (): number => app.provider.requests.length;
  const before = sent();
  assert.match((await judge('--dry-run')).stdout, /^200 answers, each graded twice, for at most \$\d/);
  assert.match((await judge('--max-cost', '0.001')).stderr, /can cost up to .*--max-cost/);
  assert.equal(sent(), before);
  const { stdout } = await judge();
  assert.match(stdout, /^openai:gpt-4\.1 graded 200 answers: A [345]\.\d\d \(100 answers\), B [345]\.\d\d/);
  assert.match(stdout, /turned round it gave the same grade for \d+ %/);
  assert.equal(sent() - before, 400);
  await judge();
  assert.equal(sent() - before, 400, 'nothing is paid twice');
  const { variants, comparisons, verdict } = await report();
  assert.deepEqual(
    variants.map(({ gradedRequests, judges }) => [gradedRequests, judges]),
    [
      [100, ['openai:gpt-4.1']],
      [100, ['openai:gpt-4.1']],
    ],
  );
  assert.notEqual(comparisons.grade.finding, 'too_early');
  assert.match(verdict.join('\n'), /grades by the judge|The judge gives B/);
  const text = await cli('ab', 'report', 'mini');
  assert.match(text, /grade +[345]\.\d\d \([\d.–]+\) +[345]\.\d\d.*\n *graded +100 \(/);
  assert.match(text, /judge +openai:gpt-4\.1 +openai:gpt-4\.1/);
  const record = await app.recordOf('session 0');
  const own = {
    judge: 'mine',
    grades: [
      { request: record.id, grade: 1.5 },
      { request: 'nobody', grade: 2 },
    ],
  };
  assert.deepEqual(await json('POST', '/api/ab/grade', own), { graded: 1, unknown: ['nobody'] });
  assert.match((await report()).verdict.join('\n'), /several judges \(mine, openai:gpt-4\.1\)/);
  const tooGood = { judge: 'mine', grades: [{ request: record.id, grade: 5.5 }] };
  assert.equal((await api('POST', '/api/ab/grade', tooGood)).status, 400);
  assert.match((await runCommand('ab judge', ['mini'], environment)).stderr, /Add --judge/);
  assert.match((await runCommand('ab judge', ['none', '--judge', 'openai:x'], environment)).stderr, /none/);
});

test('a test that is set up again begins anew', async () => {
  await json('DELETE', '/api/experiments/mini');
  await json('POST', '/api/experiments', { name: 'mini', modelA: 'gpt-4o', modelB: 'gpt-4o-mini' });
  assert.deepEqual((await report()).variants, []);
});
