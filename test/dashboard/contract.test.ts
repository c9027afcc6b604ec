// The contract of the JSON API: router, document and answers say the same.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hashPassword } from '../../src/access/login/password.ts';
import { UserFile } from '../../src/access/login/users.ts';
import type { OpenApiDocument } from '../../src/dashboard/openapi.ts';
import { ALIASES, ENDPOINT_NAMES, type EndpointName, PATHS } from '../../src/dashboard/paths.ts';
import { endpointAt } from '../../src/dashboard/router.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { promptsAreStored } from '../stored-prompts.ts';
import { assertDeclared } from './answer-check.ts';

let app: TestApp;
let document: OpenApiDocument;
before(async () => {
  app = await startTestApp({
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_STORE_PROMPTS: 'true' },
  });
  document = (await (await fetch(`${app.dashboardUrl}/api/openapi.json`)).json()) as OpenApiDocument;
});
after(() => app.close());

/** What each endpoint is asked with, so that it answers; in this order. */
const TOUR: readonly (readonly [EndpointName, string?, object?])[] = [
  ['status'],
  ['system'],
  ['instances'],
  ['tagAdd', '', { name: 'greeting', tag: 'feature=hello', condition: { type: 'regex', value: 'Hello' } }],
  ['tags'],
  ['routeAdd', '', { name: 'mini', target: 'gpt-4o-mini', conditions: [{ type: 'source_app', value: 'x' }] }],
  ['routeChange', 'mini', { enabled: false, priority: 7 }],
  ['routes'],
  ['experimentAdd', '', { name: 'halves', modelA: 'gpt-4o', modelB: 'gpt-4o-mini', sticky: 'request' }],
  ['experiments'],
  ['abList'],
  ['cacheRuleAdd', '', { name: 'short', ttlMs: 60_000, app: null }],
  ['cacheRules'],
  ['archiveRuleAdd', '', { name: 'all', store: true }],
  ['archiveRules'],
  ['upstreamAdd', '', { name: 'spare', api: 'openai', url: 'http://127.0.0.1:9', keyEnv: 'SPARE_KEY' }],
  ['upstreams'],
  ['upstream', 'spare'],
  ['budgetSet', '', { name: 'all', limit: 5, period: 'daily', webhookUrl: 'http://127.0.0.1:9/hook' }],
  ['budgetRaise', '', { name: 'all', by: 1, for: '30m' }],
  ['budgets'],
  ['kill', '', { app: 'nobody' }],
  ['kills'],
  ['budgetStatus'],
  // Traffic, for what follows.
  ['requests'],
  ['request', 'ID'],
  ['stats', '?by=tag:feature'],
  ['timeseries', '?range=1h&stack=model'],
  ['costByTag', '?facet=feature'],
  ['costByApp'],
  ['costBySession'],
  ['costByModel'],
  ['costByUpstream'],
  ['costForecast'],
  ['costCompare', '?instead=gpt-4.1-mini'],
  ['costCompare', '?rules=true&range=all'],
  ['routingStats'],
  ['experiment', 'halves'],
  ['abReport', 'halves?margin=5'],
  ['abHistory', 'halves'],
  ['abFeedback', '', { request: 'ID', rating: 4 }],
  ['abGrade', '', { judge: 'openai:judge', grades: [{ request: 'ID', grade: 3.5 }] }],
  ['cache'],
  ['cacheEntries'],
  ['cacheEntry', 'KEY'],
  ['prices'],
  ['price', 'gpt-4o'],
  ['explain', '', { api: 'openai', body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] } }],
  ['session'],
  ['users'],
  ['linkAdd', '', {}],
  ['reload', '', {}],
  ['audit'],
  ['sessionBegin', '', { name: 'ann', password: 'an invented password' }],
  ['passwordChange', '', { password: 'an invented password', newPassword: 'another invented password' }],
  ['sessionEnd'],
  ['sessionsEnd', '?user=ann'],
  ['prompts'],
  ['prompt', 'ID'],
  ['replayPlan', '', { target: 'gpt-4o-mini', noise: 1 }],
  ['replayStart', '', { target: 'gpt-4o-mini', sample: 1 }],
  ['replays'],
  ['replay', 'RUN'],
  ['replayRemove', 'RUN'],
  ['replayHold', '', { session: 'S', host: 'h', process: '1-1', models: [{ model: 'm', worstNanoUsd: 5 }] }],
  ['replayHoldRemove', 'S'],
  ['cacheClear', 'all'],
  ['experimentChange', 'halves', { state: 'completed' }],
  ['tagRemove', 'greeting'],
  ['routeRemove', 'mini'],
  ['experimentRemove', 'halves'],
  ['cacheRuleRemove', 'short'],
  ['archiveRuleRemove', 'all'],
  ['upstreamRemove', 'spare'],
  ['budgetRaise', '', { name: 'all', by: 1, for: '1h' }],
  ['budgetRemove', 'all'],
  ['keyCreate', '', { name: 'ci', app: 'ci', models: 'gpt-*', rpm: 5, expires: '1d' }],
  ['keyRotate', 'ci', { grace: '1h' }],
  ['keys'],
  ['keyRevoke', 'ci'],
  ['killRemove', 'KILL'],
  ['kill', '', {}],
  ['killsRemove'],
];

test('every endpoint answers what it declares, and nothing else', async () => {
  const known: Record<string, string> = {};
  const users = new UserFile(app.dataDir);
  const password = await hashPassword('an invented password');
  for (const [name, given = '', fields] of TOUR) {
    if (name === 'requests') known.ID = await sendTwo();
    if (name === 'sessionBegin') users.add({ name: 'ann', role: 'admin', password, createdAtMs: 1 });
    if (name === 'prompts') await promptsAreStored(app, 2);
    const [method = '', path = ''] = PATHS[name].split(' ');
    const fill = (text: string): string => text.replace(/ID|KEY|KILL|RUN/, (word) => known[word] ?? word);
    const isQuery = given.startsWith('?');
    const url = `/api/v1${path.replace(/\{\w+\}/, isQuery ? '' : fill(given))}${isQuery ? given : ''}`;
    const response = await fetch(app.dashboardUrl + url, {
      method,
      headers: name === 'passwordChange' ? { cookie: known.COOKIE ?? '' } : app.adminHeaders,
      ...(fields !== undefined && { body: fill(JSON.stringify(fields)) }),
    });
    const answer = (await response.json()) as Record<string, never>;
    assert.equal(response.status, 200, `${name}: ${JSON.stringify(answer)}`);
    assert.equal(assertDeclared(method, url.split('?')[0] ?? '', answer), name);
    if (name === 'sessionBegin') known.COOKIE = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    if (name === 'sessionEnd') users.remove('ann');
    if (name === 'replayStart') known.RUN = (answer.started as unknown as { id: string }).id;
    if (name === 'kill') known.KILL = (answer.added as unknown as { id: string }).id;
    if (name === 'cacheEntries') known.KEY = (answer.entries as unknown as { key: string }[])[0]?.key ?? '';
  }
  assert.deepEqual(
    [...new Set(TOUR.map(([name]) => name))].toSorted(),
    ENDPOINT_NAMES.toSorted(),
    'an endpoint was not asked',
  );
});

/** Returns the id of the first one. */
async function sendTwo(): Promise<string> {
  for (const role of ['user', 'user'])
    await (
      await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-tokenwatch-session': 'tour', 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-4o', messages: [{ role, content: 'Hello' }] }),
      })
    ).arrayBuffer();
  const [, first] = await app.recordsOf('tour', 2);
  return first?.id ?? '';
}

test('router and document name the same routes', () => {
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(documented.toSorted(), Object.values(PATHS).toSorted());
  for (const name of ENDPOINT_NAMES) {
    const [method = '', path = ''] = PATHS[name].split(' ');
    for (const root of ['/api', '/api/v1']) {
      const found = endpointAt(method, root + path.replace(/\{\w+\}/, 'a%2Fb/c'));
      assert.deepEqual(
        [found.name, ...Object.values(found.own)],
        [name, ...(path.includes('{') ? ['a/b/c'] : [])],
      );
    }
  }
  for (const [path, name] of Object.entries(ALIASES))
    assert.equal(endpointAt('GET', `/api${path}`).name, name);
});

test('the document is whole: what it refers to is there, and what may be asked is described', () => {
  assert.equal(document.openapi, '3.1.1');
  const text = JSON.stringify(document);
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(name in document.components.schemas, name);
  assert.doesNotMatch(text, /#\/\$defs|9007199254740991/);
  const { parameters } = document.paths['/requests']?.get ?? {};
  const limit = parameters?.find(({ name }) => name === 'limit') as { readonly schema: object } | undefined;
  assert.deepEqual(limit?.schema, { default: 50, type: 'integer', minimum: 1, maximum: 500 });
  const posted = document.paths['/routes']?.post?.requestBody as { readonly content: object };
  assert.match(JSON.stringify(posted.content), /"required":\["name","conditions","target"\]/);
});

test('a page of ours shows the API, with nothing that the strict policy would refuse', async () => {
  for (const path of ['/api', '/api/', '/api/v1/']) {
    const response = await fetch(app.dashboardUrl + path);
    const page = await response.text();
    assert.match(
      response.headers.get('content-security-policy') ?? '',
      /default-src 'none'.*script-src 'self'/,
    );
    assert.doesNotMatch(page, /<script|style="|<style| on\w+="|(?:src|href)="(?:https?:|\/\/)/);
    for (const name of ENDPOINT_NAMES) assert.match(page, new RegExp(`<details id="${name}">`));
    const [, style = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec(page) ?? [];
    assert.match((await fetch(app.dashboardUrl + style)).headers.get('content-type') ?? '', /^text\/css/);
  }
  assert.equal((await fetch(`${app.dashboardUrl}/api/openapi.json`, { method: 'DELETE' })).status, 404);
});
