// The rule editor on a real database: what two people do at the same moment.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { RuleEditor } from '../../src/policy/rule-editor.ts';
import type { RouteDefinition } from '../../src/policy/rules.ts';
import { SqliteDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteRuleBook } from '../../src/storage/sqlite/rule-book.ts';

function openEditor(context: TestContext): RuleEditor {
  const database = new SqliteDatabase('', ':memory:');
  context.after(() => database.close());
  return new RuleEditor({
    book: new SqliteRuleBook(database.connection),
    clock: systemClock,
    ownPlace: () => ({ host: '127.0.0.1', ports: [8877], names: new Set() }),
  });
}

const route = (target: string): Omit<RouteDefinition, 'enabled'> => ({
  api: null,
  conditions: [{ type: 'source_app', value: 'agent' }],
  match: 'all',
  priority: 100,
  target,
  targetApi: null,
  upstream: null,
});

test('of two rules that are added at once under one name the first stays, and the second is told', async (context) => {
  const editor = openEditor(context);
  const results = await Promise.allSettled([
    editor.addRoute('cheap', route('gpt-4o-mini')),
    editor.addRoute('cheap', route('gpt-4.1-nano')),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.match(String((results[1] as PromiseRejectedResult).reason), /"cheap" exists/);
  const entries = await editor.list('route');
  assert.deepEqual(
    entries.map(({ definition }) => (definition as RouteDefinition).target),
    ['gpt-4o-mini'],
  );
});

test('a list in place of a model, which no request would ever have, is refused', async (context) => {
  const editor = openEditor(context);
  const list = 'gpt-4o,claude-*';
  const condition = { type: 'model', value: list };
  const scope = { app: null, tag: null, model: list };
  const cache = { priority: 1, cache: false, semantic: null, ttlMs: null, distanceMax: null, share: null };
  for (const added of [
    editor.addRoute('a', { ...route('gpt-4o-mini'), conditions: [condition] }),
    editor.addTagRule('b', { condition, tag: 'x' }),
    editor.addCacheRule('c', { ...scope, ...cache }),
  ])
    await assert.rejects(added, /"gpt-4o,claude-\*" is a list, .*Say it once for each/);
  await assert.rejects(editor.addRoute('d', route(list)), /without spaces or commas/);
  // An application may be called so.
  await editor.addRoute('e', {
    ...route('gpt-4o-mini'),
    conditions: [{ type: 'source_app', value: 'a,b' }],
  });
});

test('a rule that is removed while it is switched off stays removed', async (context) => {
  const editor = openEditor(context);
  await editor.addRoute('cheap', route('gpt-4o-mini'));
  const [removed, switched] = await Promise.allSettled([
    editor.remove('route', 'cheap'),
    editor.setRouteEnabled('cheap', false),
  ]);
  assert.equal(removed.status, 'fulfilled');
  assert.match(String((switched as PromiseRejectedResult).reason), /No routing rule is named "cheap"/);
  assert.deepEqual(await editor.list('route'), []);
});
