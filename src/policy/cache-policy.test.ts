import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CacheRuleDefinition, cachePolicy, cacheRuleOf, inOrder } from './cache-policy.ts';

const silent: CacheRuleDefinition = {
  app: null,
  tag: null,
  model: null,
  priority: 100,
  cache: null,
  semantic: null,
  ttlMs: null,
  distanceMax: null,
  share: null,
};
const rule = (name: string, more: Partial<CacheRuleDefinition>) => cacheRuleOf(name, { ...silent, ...more });
const request = { app: 'search', tag: 'feature=faq,team=growth', model: 'gpt-4o-mini' };

test('without a rule the cache is on, as the settings say, and nothing is shared', () => {
  assert.deepEqual(cachePolicy([], request), {
    rule: null,
    enabled: true,
    semantic: null,
    ttlMs: null,
    distanceMax: null,
    share: 'caller',
  });
});

test('the first rule that matches decides alone', () => {
  const rules = inOrder([
    rule('late', { cache: false, priority: 200 }),
    rule('other', { app: 'chat', cache: false, priority: 1 }),
    rule('first', { ttlMs: 5000 }),
    rule('second', { semantic: false, share: 'all' }),
  ]);
  const policy = cachePolicy(rules, request);
  assert.equal(policy.rule, 'first');
  assert.deepEqual({ ttlMs: policy.ttlMs, semantic: policy.semantic }, { ttlMs: 5000, semantic: null });
  assert.equal(policy.share, 'caller');
});

test('a rule concerns an application, a tag or one of its facets, and a model', () => {
  const decides = (more: Partial<CacheRuleDefinition>): boolean =>
    !cachePolicy([rule('r', { cache: false, ...more })], request).enabled;
  assert.ok(decides({ app: 'sea*', model: 'gpt-*', tag: 'team=growth' }));
  assert.ok(decides({ tag: 'feature=faq,team=growth' }));
  assert.ok(!decides({ tag: 'team=grow' }));
  assert.ok(!decides({ app: 'search', model: 'claude-*' }));
  const unnamed = { app: 'search', tag: null, model: null };
  assert.ok(cachePolicy([rule('r', { cache: false, model: '*' })], unnamed).enabled);
  assert.ok(cachePolicy([rule('r', { cache: false, tag: '*' })], unnamed).enabled);
});

test('only a rule that matches can share or switch off', () => {
  const name = fc.constantFrom('a', 'b', '*', 'a*');
  const part = fc.option(name);
  const definition = fc.record({
    app: part,
    tag: fc.option(fc.constantFrom('a', 'b')),
    model: part,
    priority: fc.nat(3),
    cache: fc.option(fc.boolean()),
    semantic: fc.option(fc.boolean()),
    ttlMs: fc.option(fc.nat()),
    distanceMax: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    share: fc.option(fc.constantFrom('caller' as const, 'app' as const, 'all' as const)),
  });
  const subject = fc.record({
    app: fc.constantFrom('a', 'b', 'ab'),
    tag: fc.option(fc.constantFrom('a', 'b')),
    model: fc.option(fc.constantFrom('a', 'b', 'ab')),
  });
  fc.assert(
    fc.property(fc.array(definition, { maxLength: 5 }), subject, (definitions, asked) => {
      const rules = inOrder(definitions.map((given, index) => cacheRuleOf(String(index), given)));
      const policy = cachePolicy(rules, asked);
      const decided = policy.rule === null ? undefined : definitions[Number(policy.rule)];
      if (decided === undefined) assert.deepEqual(policy, cachePolicy([], asked));
      else {
        assert.equal(policy.share, decided.share ?? 'caller');
        assert.equal(policy.enabled, decided.cache ?? true);
        for (const [index, earlier] of definitions.entries())
          if (earlier.priority < decided.priority)
            assert.ok(!cacheRuleOf(String(index), earlier).matches(asked));
      }
    }),
  );
});
