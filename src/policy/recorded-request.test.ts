import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleEntry } from '../core/rule-book.ts';
import { decidableRules } from './recorded-request.ts';
import { ruleSetOf } from './rules.ts';

const CONDITIONS = {
  app: { type: 'source_app', value: 'chat' },
  text: { type: 'regex', value: 'SELECT' },
};

function entry(kind: RuleEntry['kind'], name: string, definition: object): RuleEntry {
  return { kind, name, definition, createdAtMs: 0 };
}

function route(name: string, match: 'all' | 'any', ...conditions: readonly object[]): RuleEntry {
  const more = { api: null, priority: 1, enabled: true };
  return entry('route', name, { conditions, match, target: 'm', ...more });
}

test('a rule that looks at what no record holds is told of, and decides by the rest where the rest is enough', () => {
  const { app, text } = CONDITIONS;
  const rules = ruleSetOf(
    1,
    [
      route('both', 'all', app, text),
      route('either', 'any', text, app),
      route('plain', 'all', app),
      route('words', 'any', text),
      entry('tag', 'by app', { condition: app, tag: 't' }),
      entry('tag', 'by text', { condition: text, tag: 't' }),
    ],
    (message) => assert.fail(message),
  );
  const decidable = decidableRules(rules);
  assert.deepEqual([...decidable.beyond].sort(), ['both', 'by text', 'either', 'words']);
  assert.deepEqual(
    decidable.rules.routes.map(({ name, conditions, tests }) => [name, conditions, tests.length]),
    [
      ['either', [app], 1],
      ['plain', [app], 1],
    ],
  );
  assert.deepEqual(
    decidable.rules.tags.map(({ name }) => name),
    ['by app'],
  );
});
