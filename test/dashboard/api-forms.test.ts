// The forms that the API's document tells are those that the server takes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import type { OpenApiDocument } from '../../src/dashboard/openapi.ts';
import { ENDPOINT_NAMES, type EndpointName, PATHS } from '../../src/dashboard/paths.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
let document: OpenApiDocument;
before(async () => {
  app = await startTestApp({});
  document = (await (await fetch(`${app.dashboardUrl}/api/openapi.json`)).json()) as OpenApiDocument;
});
after(() => app.close());

interface Form {
  readonly name: EndpointName;
  /** What is taken with each of `good`, and refused with each of `bad`, in one field. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly field: string;
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
}

const ROUTE = { target: 'gpt-4o', conditions: [{ type: 'source_app', value: 'x' }] };
const NAMES = {
  field: 'name',
  good: ['a', `9${'.:/_-'.repeat(12)}abc`],
  bad: ['', ' a', '.a', 'a b', 'a'.repeat(65)],
};
const IN_A_MONTH = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const FORMS: readonly Form[] = [
  { name: 'routeAdd', fields: ROUTE, ...NAMES },
  {
    name: 'routeAdd',
    fields: { ...ROUTE, name: 'target' },
    field: 'target',
    good: ['m:7b/x'],
    bad: ['', 'a b', 'ä'],
  },
  {
    name: 'routeAdd',
    fields: { ...ROUTE, name: 'conditions' },
    field: 'conditions',
    good: [Array(20).fill({ type: 'tools', value: 'yes' })],
    bad: [[], Array(21).fill({ type: 'tools', value: 'yes' }), [{ type: 'colour', value: 'red' }]],
  },
  { name: 'tagAdd', fields: { condition: ROUTE.conditions[0], tag: 'x' }, ...NAMES },
  {
    name: 'tagAdd',
    fields: { name: 't', condition: ROUTE.conditions[0] },
    field: 'tag',
    good: ['a'],
    bad: ['', ' '],
  },
  { name: 'archiveRuleAdd', fields: { store: true }, ...NAMES },
  {
    name: 'archiveRuleAdd',
    fields: { name: 'p', store: true },
    field: 'app',
    good: ['a*'],
    bad: ['', 'a'.repeat(257)],
  },
  { name: 'cacheRuleAdd', fields: { name: 't' }, field: 'ttlMs', good: [1], bad: [0, 2_592_000_001] },
  { name: 'cacheRuleAdd', fields: { name: 'd' }, field: 'distanceMax', good: [0], bad: [-0.1, 1.1] },
  {
    name: 'experimentAdd',
    fields: { name: 'm', modelB: 'gpt-4o' },
    field: 'modelA',
    good: ['gpt-4'],
    bad: ['', 'a b'],
  },
  {
    name: 'experimentAdd',
    fields: { name: 's', modelA: 'gpt-4', modelB: 'gpt-4o' },
    field: 'split',
    good: [0],
    bad: [-1, 101],
  },
  {
    name: 'upstreamAdd',
    fields: { name: 'u', api: 'openai' },
    field: 'url',
    good: ['https://a.example/v1'],
    bad: ['', 'ftp://a.example', 'https://a:b@a.example', 'https://a.example?b'],
  },
  {
    name: 'upstreamAdd',
    fields: { name: 'w', api: 'openai', url: 'https://a.example' },
    field: 'weight',
    good: [1],
    bad: [0, 1001],
  },
  {
    name: 'budgetSet',
    fields: { limit: 1 },
    field: 'name',
    good: ['a b@c'],
    bad: ['', '-a', 'a'.repeat(81)],
  },
  {
    name: 'budgetSet',
    fields: { name: 'l' },
    field: 'limit',
    good: ['0.50', 25, 0.1 + 0.2],
    bad: ['', '0', 'ten', -1, 0],
  },
  {
    name: 'budgetSet',
    fields: { name: 'p', limit: 1 },
    field: 'period',
    good: ['daily'],
    bad: ['', 'yearly'],
  },
  {
    name: 'budgetSet',
    fields: { name: 't', limit: 1 },
    field: 'thresholds',
    good: ['50,80'],
    bad: ['', '0', '101', '1.5'],
  },
  {
    name: 'budgetSet',
    fields: { name: 'w', limit: 1 },
    field: 'webhookUrl',
    good: ['https://a.example/'],
    bad: ['a'],
  },
  {
    name: 'budgetRaise',
    fields: { name: 'p', by: 1 },
    field: 'for',
    good: ['30m', '9d'],
    bad: ['', '1w', '0h', '-1h'],
  },
  { name: 'keyCreate', fields: {}, ...NAMES },
  { name: 'keyCreate', fields: { name: 'r' }, field: 'rpm', good: [1, '5'], bad: [0, 1.5, 'many'] },
  {
    name: 'keyCreate',
    fields: { name: 'e' },
    field: 'expires',
    good: ['90d', IN_A_MONTH],
    bad: ['', 'soon'],
  },
  { name: 'keyCreate', fields: { name: 'm' }, field: 'models', good: ['gpt-*,o3'], bad: ['', 'a b', 'a,,b'] },
];

test('what the document allows is taken, and what it does not is refused with the value', async () => {
  for (const { name, fields, field, good, bad } of FORMS) {
    const schema = z.fromJSONSchema(inputOf(name) as Parameters<typeof z.fromJSONSchema>[0]);
    for (const [index, value] of [...good, ...bad].entries()) {
      // A name can be given once.
      const own = { ...(field !== 'name' && 'name' in fields && { name: nameFor(name, fields, index) }) };
      const sent = { ...fields, ...own, [field]: value };
      const isGood = index < good.length;
      const what = `${name} ${JSON.stringify(sent).slice(0, 200)}`;
      assert.equal(schema.safeParse(sent).success, isGood, `the document: ${what}`);
      const [method = '', path = ''] = PATHS[name].split(' ');
      const headers = app.adminHeaders;
      const response = await fetch(`${app.dashboardUrl}/api${path}`, {
        method,
        headers,
        body: JSON.stringify(sent),
      });
      const answer = await response.text();
      assert.equal(response.status, isGood ? 200 : 400, `${what}: ${answer}`);
    }
  }
});

/** Budgets are changed under their name, and raised by it. */
const nameFor = (name: EndpointName, fields: Form['fields'], index: number): unknown =>
  name.startsWith('budget') ? fields.name : `${fields.name}${index}`;

test('no two paths of the document are one', () => {
  const paths = Object.keys(document.paths).map((path) => path.replaceAll(/\{\w+\}/g, '{}'));
  assert.deepEqual(paths, [...new Set(paths)]);
  assert.equal(new Set(ENDPOINT_NAMES.map((name) => PATHS[name])).size, ENDPOINT_NAMES.length);
});

function inputOf(name: EndpointName): unknown {
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    const { content } = (operation.requestBody ?? {}) as { content?: Record<string, { schema: unknown }> };
    if (operation.operationId === name && content !== undefined) return content['application/json']?.schema;
  }
  throw new Error(`${name} has no body in the document`);
}
