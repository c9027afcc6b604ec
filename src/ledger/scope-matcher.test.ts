import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globTest } from '../core/glob.ts';
import type { Scope } from './budget.ts';
import { ScopeMatcher, scopeCharges, scopeMatches } from './scope-matcher.ts';

const scope = (parts: Partial<Scope>): Scope => ({ app: null, model: null, tag: null, ...parts });

test('a scope matches when all of its parts do', () => {
  const both = scope({ app: 'claude-code', model: 'claude-*' });
  assert.ok(scopeMatches(both, { app: 'claude-code', model: 'claude-opus-4-6', tag: 'x' }));
  assert.ok(!scopeMatches(both, { app: 'other', model: 'claude-opus-4-6', tag: null }));
  assert.ok(!scopeMatches(both, { app: 'claude-code', model: 'gpt-4o', tag: null }));
  assert.ok(scopeMatches(scope({}), { app: 'any', model: null, tag: null }));
});

test("a tag's scope is met by a tag that has all of its facets, beside others", () => {
  const growth = scope({ tag: 'team=growth' });
  assert.ok(scopeMatches(growth, { app: 'a', model: null, tag: 'feature=search,team=growth' }));
  assert.ok(!scopeMatches(growth, { app: 'a', model: null, tag: 'team=growth2' }));
  assert.ok(!scopeMatches(growth, { app: 'a', model: null, tag: null }));
  const matcher = new ScopeMatcher(
    [growth],
    (item) => item,
    (found) => found,
  );
  assert.deepEqual(matcher.matching({ app: 'a', model: null, tag: 'x,team=growth' }), [growth]);
});

test('a request without a model meets no model scope, not even the pattern for all', () => {
  assert.ok(!scopeMatches(scope({ model: '*' }), { app: 'a', model: null, tag: null }));
});

test('a scope is met, and charged, by whatever spelling of its model', () => {
  const large = scope({ model: 'gpt-4o' });
  const ask = (model: string) => ({ app: 'a', model, tag: null });
  for (const model of ['GPT-4o', 'openai/gpt-4o-2024-08-06', 'ft:gpt-4o:acme'])
    assert.ok(scopeMatches(large, ask(model)), model);
  assert.ok(!scopeMatches(large, ask('openai/gpt-4o-mini')));
  assert.ok(scopeCharges(large, ask('my-deployment'), 'gpt-4o-2024-08-06'));
  // It could have been any, until it was known.
  assert.ok(scopeMatches(large, ask('openrouter/auto')));
  assert.ok(!scopeCharges(large, ask('openrouter/auto'), 'gpt-4o-mini'));
  assert.ok(scopeCharges(large, ask('openrouter/auto'), null));
  // A name that moves: every model of its family may answer, and one does.
  assert.ok(scopeMatches(large, ask('~openai/gpt-latest')));
  assert.ok(!scopeCharges(large, ask('~openai/gpt-latest'), 'openai/gpt-5.5'));
  assert.ok(scopeCharges(large, ask('~openai/gpt-latest'), 'openai/gpt-4o'));
  assert.ok(scopeCharges(large, ask('~openai/gpt-latest'), null));
});

test('a pattern matches as the regular expression does that it stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      const regex = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      assert.equal(globTest(pattern)(text), regex.test(text));
    }),
    { numRuns: 5000 },
  );
});

test('the matcher finds what each scope alone would match, whatever was asked before', () => {
  const part = fc.constantFrom('a', 'b', 'a\n', '-', '1:a');
  const scopes = fc.array(
    fc.record({
      app: fc.option(part),
      model: fc.option(fc.constantFrom('a', 'a*', '*', 'b')),
      tag: fc.option(part),
    }),
  );
  const requests = fc.array(
    fc.record(
      {
        app: part,
        model: fc.option(part),
        tag: fc.option(part),
        alsoModels: fc.array(part, { maxLength: 3 }),
      },
      { requiredKeys: ['app', 'model', 'tag'] },
    ),
  );
  fc.assert(
    fc.property(scopes, requests, (items, asked) => {
      const matcher = new ScopeMatcher(
        items,
        (item) => item,
        (found) => found,
      );
      for (const facets of asked) {
        const expected = items.filter((item) => scopeMatches(item, facets));
        assert.deepEqual(new Set(matcher.matching(facets)), new Set(expected));
      }
    }),
  );
});

test('a request meets the scopes of every model that may answer it, and is charged to those of the one that did', () => {
  const asked = { app: 'a', model: 'cheap', tag: null, alsoModels: ['dear', 'other'] };
  const [cheap, dear, none] = ['cheap', 'dear*', 'else'].map((model) => scope({ model }));
  assert.ok(cheap !== undefined && dear !== undefined && none !== undefined);
  assert.deepEqual(
    [cheap, dear, none].map((each) => scopeMatches(each, asked)),
    [true, true, false],
  );
  assert.deepEqual(
    [null, 'cheap', 'dear-1'].map((by) => [cheap, dear, none].map((each) => scopeCharges(each, asked, by))),
    [
      [true, false, false],
      [true, false, false],
      [true, true, false],
    ],
  );
});

test('the matcher stays right after more kinds of request than it remembers', () => {
  const matcher = new ScopeMatcher(
    [scope({ tag: 't5' }), scope({})],
    (item) => item,
    (found) => found,
  );
  for (let index = 0; index < 10_000; index += 1) {
    assert.equal(matcher.matching({ app: 'a', model: null, tag: `t${index}` }).length, index === 5 ? 2 : 1);
  }
});
