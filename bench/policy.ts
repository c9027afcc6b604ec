// The cost of planning with 200 rules, none of which matches: the worst case of a request. And of a pattern that
// makes backtracking engines explode, over the longest prompt that is looked at.
// Usage: node bench/policy.ts

import type { RuleEntry } from '../src/core/rule-book.ts';
import { plan } from '../src/policy/plan.ts';
import type { RequestView } from '../src/policy/request-view.ts';
import { parseCondition, ruleSetOf } from '../src/policy/rules.ts';

const RULES = 200;
const ROUNDS = 20_000;
const CONDITIONS = [
  ['source_app', 'no-such-*'],
  ['tag', 'team=none'],
  ['model', 'other-*'],
  ['token_count', '>1000000'],
  ['time', '12:00-12:01 UTC'],
  ['cost_today', 'app:>100'],
  ['budget_left', '<1%'],
  ['stream', 'yes'],
  ['tools', 'yes'],
  ['header', 'x-none=1'],
] as const;

const prompt = 'A short prompt of the usual kind, with a question at its end?';
const request: RequestView = {
  id: 'r',
  protocol: 'openai',
  app: 'agent',
  tag: 'team=growth',
  session: 's',
  model: 'gpt-4o',
  stream: false,
  atMs: 0,
  header: () => null,
  hasTools: () => false,
  canSpeak: () => true,
  promptText: () => prompt,
  spend: { costToday: () => 0, scarcestLeft: () => 1, budgetLeft: () => null },
};

const entries = Array.from({ length: RULES }, (_, index): RuleEntry => {
  const [type, value] = CONDITIONS[index % CONDITIONS.length] ?? ['model', 'x'];
  const definition = {
    conditions: [{ type, value }],
    match: 'all',
    target: 'x',
    api: null,
    priority: index,
    enabled: true,
  };
  return { kind: 'route', name: `r${index}`, definition, createdAtMs: 0 };
});
const rules = ruleSetOf(1, entries, (message) => {
  throw new Error(message);
});
for (let round = 0; round < ROUNDS; round += 1) plan(rules, request);
const startedMs = performance.now();
for (let round = 0; round < ROUNDS; round += 1) plan(rules, request);
console.log(
  `planning with ${RULES} rules: ${((1000 * (performance.now() - startedMs)) / ROUNDS).toFixed(1)} µs`,
);

for (const [name, pattern, text] of [
  ['a nested repetition', '(a+)+$', `${'a'.repeat(32 * 1024)}b`],
  ['words', '(?i)\\b(?:invoice|refund|chargeback)\\b', prompt.repeat(600)],
] as const) {
  const test = parseCondition({ type: 'regex', value: pattern });
  const view = { ...request, promptText: () => text };
  for (let round = 0; round < 20; round += 1) test(view, null);
  const fromMs = performance.now();
  for (let round = 0; round < 20; round += 1) test(view, null);
  console.log(`regex, ${name} over 32 Ki characters: ${((performance.now() - fromMs) / 20).toFixed(2)} ms`);
}
