// Tags, routing and A/B tests through the whole product.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { replaceTopLevelValue } from '../../src/protocols/json/top-level-json.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

async function cli(...words: string[]): Promise<string> {
  return runWords(words, { TOKENWATCH_DATA_DIR: app.dataDir });
}

interface Asked {
  readonly headers: Headers;
  /** The body as the upstream got it. */
  readonly received: string;
  readonly session: string;
}

async function ask(body: string, headers: Record<string, string> = {}): Promise<Asked> {
  const session = headers['x-tokenwatch-session'] ?? randomUUID();
  const position = app.provider.requests.length;
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session, ...headers },
    body,
  });
  await response.arrayBuffer();
  const received = await app.provider.arrival(position);
  return { headers: response.headers, received: received.body.toString(), session };
}

const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] };

/** Asks until the answer's header has that value: a change holds within a second. */
async function until(
  header: string,
  wanted: string | null,
  headers: Record<string, string> = {},
): Promise<Asked> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const asked = await ask(JSON.stringify(CHAT), headers);
    if (asked.headers.get(header) === wanted) return asked;
    assert.ok(performance.now() < deadline, `${header} is ${asked.headers.get(header)}, not ${wanted}`);
    await sleep(20);
  }
}

test('a routing rule set on the command line changes the model and nothing else', async () => {
  const said = await cli(
    'route',
    'add',
    'mini',
    '--condition',
    'source_app',
    '--value',
    'routed',
    '--target',
    'gpt-4o-mini',
  );
  assert.match(said, /Routing rule "mini" is set: matching requests go to gpt-4o-mini\./);
  const headers = { 'x-tokenwatch-app': 'routed' };
  const asked = await until('x-tokenwatch-routing-rule', 'mini', headers);
  assert.equal(asked.headers.get('x-tokenwatch-requested-model'), 'gpt-4o');
  assert.equal(asked.headers.get('x-tokenwatch-routed-model'), 'gpt-4o-mini');
  const odd = `{"messages":[{"role":"user","content":"é \\u00e9 1.0"}],  "model" : "gpt-4o" ,"temperature":1.0}\n`;
  const exact = await ask(odd, headers);
  assert.equal(exact.received, odd.replace('"gpt-4o" ', '"gpt-4o-mini" '));
  const record = await app.recordOf(exact.session);
  assert.equal(record.modelRequested, 'gpt-4o');
  assert.equal(record.modelSent, 'gpt-4o-mini');
  assert.match(record.modelUsed ?? '', /^gpt-4o-mini/);
  assert.equal(record.routingRule, 'mini');

  const untouched = await ask(JSON.stringify(CHAT), { 'x-tokenwatch-app': 'another' });
  assert.equal(untouched.received, JSON.stringify(CHAT));
  assert.equal(untouched.headers.get('x-tokenwatch-routing-rule'), null);

  await cli('route', 'disable', 'mini');
  await until('x-tokenwatch-routing-rule', null, headers);
  await cli('route', 'enable', 'mini');
  await until('x-tokenwatch-routing-rule', 'mini', headers);
  assert.match(await cli('route', 'list'), /100 +mini +source_app routed +gpt-4o-mini +enabled/);
  await cli('route', 'remove', 'mini');
  await until('x-tokenwatch-routing-rule', null, headers);
});

test('replacing the model keeps every other byte of any body', () => {
  const member = fc.tuple(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.array(member),
      fc.array(member),
      fc.string(),
      fc.integer({ min: 0, max: 4 }),
      (before, after, model, indent) => {
        const others = [...before, ...after].filter(([name]) => name !== 'model' && name !== '__proto__');
        const document = { ...Object.fromEntries(others), model: 'old' };
        const text = JSON.stringify(document, null, indent);
        const value = text.lastIndexOf('"old"');
        const expected = `${text.slice(0, value)}${JSON.stringify(model)}${text.slice(value + 5)}`;
        assert.equal(
          replaceTopLevelValue(Buffer.from(text), 'model', JSON.stringify(model))?.toString(),
          expected,
        );
      },
    ),
  );
});

test('a tag rule tags what has no tag of its own', async () => {
  await cli('tag', 'add', 'hello', '--regex', '(?i)hello', '--tag', 'feature=greeting');
  await cli(
    'route',
    'add',
    'greet',
    '--condition',
    'tag',
    '--value',
    'feature=greeting',
    '--condition',
    'source_app',
    '--value',
    'greeter',
    '--target',
    'gpt-4o-mini',
  );
  const asked = await until('x-tokenwatch-routing-rule', 'greet', { 'x-tokenwatch-app': 'greeter' });
  assert.equal((await app.recordOf(asked.session)).tag, 'feature=greeting');
  const own = await ask(JSON.stringify(CHAT), { 'x-tokenwatch-app': 'greeter', 'x-tokenwatch-tag': 'mine' });
  assert.equal((await app.recordOf(own.session)).tag, 'mine');
  assert.equal(own.headers.get('x-tokenwatch-routing-rule'), null);
  await cli('tag', 'remove', 'hello');
  await cli('route', 'remove', 'greet');
});

test('cost is grouped by a facet of tags, and a budget applies to one facet of several', async () => {
  const costs = new Map<string | null, number>();
  for (const [tag, team] of [
    ['feature=search, team=growth', 'growth'],
    ['team=growth', 'growth'],
    ['team=core,feature=search', 'core'],
    ['feature=search', null],
  ] as const) {
    const { session } = await ask(JSON.stringify(CHAT), {
      'x-tokenwatch-app': 'facets',
      'x-tokenwatch-tag': tag,
    });
    const record = await app.recordOf(session);
    assert.equal(record.tag, tag.replace(' ', ''));
    costs.set(team, (costs.get(team) ?? 0) + (record.costNanoUsd ?? 0));
  }
  const answer = await fetch(`${app.dashboardUrl}/api/stats?range=1h&by=tag:team&limit=50`);
  const { rows } = (await answer.json()) as { rows: { key: string | null; costNanoUsd: number }[] };
  for (const team of ['growth', 'core'])
    assert.equal(rows.find(({ key }) => key === team)?.costNanoUsd, costs.get(team));
  const stats = JSON.parse(await cli('stats', '--by', 'tag:team', '--json')) as {
    summary: { costNanoUsd: number };
    rows: { key: string | null; costNanoUsd: number }[];
  };
  assert.equal(
    stats.rows.reduce((sum, row) => sum + row.costNanoUsd, 0),
    stats.summary.costNanoUsd,
  );
  assert.match(await cli('stats', '--by', 'tag:team'), /TAG:TEAM.*\n(?:.*\n)*growth +2 /);
  await assert.rejects(cli('stats', '--by', 'team'), /--by "team" is not one of .* or tag:NAME/);
  await cli(
    'budget',
    'set',
    '--limit',
    '0.0000001',
    '--period',
    'total',
    '--tag',
    'team=growth',
    '--name',
    'growth',
  );
  const headers = { 'x-tokenwatch-app': 'facets', 'x-tokenwatch-tag': 'feature=new,team=growth' };
  const deadline = performance.now() + 60_000;
  for (;;) {
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(CHAT),
    });
    await response.arrayBuffer();
    if (response.headers.get('x-tokenwatch-budget-name') === 'growth') {
      // What the facet cost before the budget was set counts, as the records have it.
      assert.equal(response.status, 429);
      assert.notEqual(response.headers.get('x-tokenwatch-budget-spent'), '0');
      break;
    }
    assert.ok(performance.now() < deadline, 'the budget does not apply');
  }
  await cli('budget', 'remove', 'growth');
});

test("a pattern sees what was written, and not the protocol's own words", async () => {
  for (const [name, regex] of [
    ['words', 'user|text|function|object'],
    ['begin', '^Hello$'],
  ] as const)
    await cli('tag', 'add', name, '--regex', regex, '--tag', name);
  await until('x-tokenwatch-routing-rule', null);
  const body = JSON.stringify({
    ...CHAT,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  });
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { tag } = await app.recordOf((await ask(body)).session);
    if (tag === 'begin') break;
    assert.equal(tag, null);
    assert.ok(performance.now() < deadline);
  }
  await cli('tag', 'remove', 'words');
  await cli('tag', 'remove', 'begin');
});

test('tag rules have the names that the API of rules gives them, too', async () => {
  await cli('tag', 'add', 'by-app', '--type', 'tag_app', '--value', 'typed', '--tag', 'team=typed');
  await cli('tag', 'add', 'by-text', '--type', 'tag_regex', '--value', 'zzz+', '--tag', 'team=zzz');
  assert.match(
    await cli('tag', 'list'),
    /by-app +source_app typed +team=typed\nby-text +regex zzz\+ +team=zzz/,
  );
  await assert.rejects(
    cli('tag', 'add', 'x', '--type', 'tag_app', '--app', 'y', '--tag', 'z'),
    /needs one of --app, --regex, or --type with --value/,
  );
  await cli('tag', 'remove', 'by-app');
  await cli('tag', 'remove', 'by-text');
});

test('an A/B test splits sessions, and its report adds up', async () => {
  await cli(
    'ab',
    'create',
    'mini',
    '--model-a',
    'gpt-4o',
    '--model-b',
    'gpt-4o-mini',
    '--app',
    'tested',
    '--min-samples',
    '5',
  );
  const headers = { 'x-tokenwatch-app': 'tested' };
  await until('x-tokenwatch-ab-test', 'mini', headers);
  const variants = new Map<string, string>();
  for (let index = 0; index < 30; index += 1) {
    const asked = await ask(JSON.stringify(CHAT), { ...headers, 'x-tokenwatch-session': `session-${index}` });
    const variant = asked.headers.get('x-tokenwatch-ab-variant') ?? '';
    variants.set(asked.session, variant);
    const { model } = JSON.parse(asked.received) as { model: string };
    assert.equal(model, variant === 'b' ? 'gpt-4o-mini' : 'gpt-4o');
  }
  assert.deepEqual([...new Set(variants.values())].sort(), ['a', 'b']);
  for (const [session, variant] of variants) {
    const again = await ask(JSON.stringify(CHAT), { ...headers, 'x-tokenwatch-session': session });
    assert.equal(again.headers.get('x-tokenwatch-ab-variant'), variant);
  }
  for (const session of variants.keys()) await app.recordsOf(session, 2);
  const report = JSON.parse(await cli('ab', 'report', 'mini', '--json')) as {
    variants: { variant: string; units: number; requests: number }[];
    enough: boolean;
  };
  const total = report.variants.reduce((sum, row) => sum + row.requests, 0);
  assert.ok(total >= 60, String(total));
  // Sessions count, not requests: fifty of each variant before anything is concluded.
  assert.equal(report.enough, false);
  assert.ok(report.variants.every(({ units }) => units < 50));
  const table = await cli('ab', 'report', 'mini');
  assert.match(table, /Too early to conclude/);
  // Sentences are the terminal's to wrap.
  for (const line of table.split('\n')) assert.ok(line.length <= 100 || line.endsWith('.'), line);
  await cli('ab', 'complete', 'mini');
  await until('x-tokenwatch-ab-test', null, headers);
  await assert.rejects(cli('ab', 'resume', 'mini'), /A\/B test "mini" is completed and stays so/);
});

test('a rule may look at what budgets have left', async () => {
  await cli(
    'route',
    'add',
    'thrift',
    '--condition',
    'budget_left',
    '--value',
    '<50%',
    '--condition',
    'source_app',
    '--value',
    'spender',
    '--target',
    'gpt-4o-mini',
  );
  await cli(
    'route',
    'add',
    'spent',
    '--condition',
    'cost_today',
    '--value',
    'app:>0.00001',
    '--condition',
    'source_app',
    '--value',
    'daily',
    '--target',
    'gpt-4o-mini',
  );
  await ask(JSON.stringify(CHAT), { 'x-tokenwatch-app': 'daily' });
  await until('x-tokenwatch-routing-rule', 'spent', { 'x-tokenwatch-app': 'daily' });
  const headers = { 'x-tokenwatch-app': 'spender' };
  assert.equal((await ask(JSON.stringify(CHAT), headers)).headers.get('x-tokenwatch-routing-rule'), null);
  await cli(
    'budget',
    'set',
    '--limit',
    '0.00001',
    '--period',
    'total',
    '--app',
    'spender',
    '--action',
    'warn',
  );
  await until('x-tokenwatch-routing-rule', 'thrift', headers);
  await cli('route', 'remove', 'thrift');
  await cli('route', 'remove', 'spent');
});

test('what cannot be is refused when it is set, and says why', async () => {
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [
      [
        'route',
        'add',
        'x',
        '--condition',
        'model',
        '--value',
        'text-embedding-3-small',
        '--target',
        'claude-x',
      ],
      /Requests for text-embedding-3-small cannot be routed to claude-x: .* translates conversations/,
    ],
    [
      [
        'route',
        'add',
        'x',
        '--condition',
        'stream',
        '--value',
        'no',
        '--target',
        'text-embedding-3-small',
        '--api',
        'anthropic',
      ],
      /Requests of the anthropic API cannot be routed to text-embedding-3-small/,
    ],
    [
      ['route', 'add', 'x', '--condition', 'token_count', '--value', 'many', '--target', 'gpt-4o'],
      /value "many" of condition "token_count" is not a comparison/,
    ],
    [
      ['route', 'add', 'x', '--condition', 'weather', '--value', 'rain', '--target', 'gpt-4o'],
      /condition "weather" is not one of/,
    ],
    [['route', 'add', 'x', '--target', 'gpt-4o'], /needs 1 to 20 conditions/],
    [['route', 'add', 'x', '--condition', 'stream', '--target', 'gpt-4o'], /1 --condition and 0 --value/],
    [
      ['route', 'add', 'bad name', '--condition', 'stream', '--value', 'yes', '--target', 'gpt-4o'],
      /name "bad name" is not/,
    ],
    [
      ['ab', 'create', 'x', '--model-a', 'text-embedding-3-small', '--model-b', 'claude-haiku-4-5'],
      /translates conversations/,
    ],
    [['ab', 'create', 'x', '--model-a', 'gpt-4o', '--model-b', 'gpt-4o'], /needs two models/],
    [
      ['ab', 'create', 'x', '--model-a', 'gpt-4o', '--model-b', 'gpt-5', '--split', '120'],
      /split "120" is not a percentage/,
    ],
    [['tag', 'add', 'x', '--tag', 't'], /needs one of --app, --regex, or --type with --value/],
    [['route', 'remove', 'nothing'], /No routing rule is named "nothing"/],
  ];
  for (const [words, message] of refusals) await assert.rejects(cli(...words), message, words.join(' '));
});

test('route test explains with the code that serves traffic', async () => {
  await cli(
    'route',
    'add',
    'long',
    '--condition',
    'token_count',
    '--value',
    '>100',
    '--target',
    'claude-haiku-4-5',
  );
  await cli(
    'route',
    'add',
    'short',
    '--condition',
    'token_count',
    '--value',
    '<=100',
    '--target',
    'claude-sonnet-4-5',
  );
  const file = join(app.dataDir, 'body.json');
  const body = {
    model: 'claude-opus-4-6',
    max_tokens: 10,
    messages: [{ role: 'user' as const, content: 'Hi' }],
  };
  writeFileSync(file, JSON.stringify(body));
  const said = await cli('route', 'test', file);
  assert.match(
    said,
    /Rule +long → claude-haiku-4-5 \(priority 100\): token_count is not >100\n +token_count >100: no \(seen: about 1 tokens\)\nRule +short → claude-sonnet-4-5 \(priority 100\): decides/,
  );
  assert.match(said, /Model +claude-opus-4-6 → claude-sonnet-4-5 \(rule short\)/);
  const { model: decided } = JSON.parse(await cli('route', 'test', file, '--json')) as {
    model: { rule: string; final: string };
  };
  const anthropic = new Anthropic({ apiKey: 'test', baseURL: `${app.proxyUrl}/anthropic`, maxRetries: 0 });
  const deadline = performance.now() + 60_000;
  let response: Response;
  do response = await anthropic.messages.create(body).asResponse();
  while (response.headers.get('x-tokenwatch-routing-rule') === null && performance.now() < deadline);
  assert.equal(response.headers.get('x-tokenwatch-routing-rule'), decided.rule);
  assert.equal(response.headers.get('x-tokenwatch-routed-model'), decided.final);
});
