// The cost of planning with 200 rules, none of which matches: the worst case of a request. And of patterns over long
// prompts: usual ones, those that make backtracking engines explode, and those that make RE2's automaton explode.
// Usage: node bench/policy.ts

import type { RuleEntry } from '../src/core/rule-book.ts';
import { plan } from '../src/policy/plan.ts';
import type { RequestView } from '../src/policy/request-view.ts';
import { parseCondition, type RuleSet, ruleSetOf } from '../src/policy/rules.ts';

const RULES = 200;
const ROUNDS = 20_000;
const REPETITIONS = 5;
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
const PATTERNS = [
  '(?i)select .* from',
  'invoice|refund|chargeback',
  '\\d{3}-\\d{4}',
  '(?i)\\bneedle\\b',
] as const;

const prompt = 'A short prompt of the usual kind, with a question at its end?';

function requestOf(text: string): RequestView {
  return {
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
    promptText: () => text,
    promptCharacters: () => text.length,
    promptBytes: () => text.length,
    spend: { costToday: () => 0, scarcestLeft: () => 1, budgetLeft: () => null },
  };
}

/** One rule in `every` has a pattern; 0 for none. */
function rulesOf(every: number): RuleSet {
  const entries = Array.from({ length: RULES }, (_, index): RuleEntry => {
    const pattern = PATTERNS[(index / every) % PATTERNS.length];
    const [type, value] = CONDITIONS[index % CONDITIONS.length] ?? ['model', 'x'];
    const condition =
      every > 0 && index % every === 0 ? { type: 'regex', value: pattern ?? 'x' } : { type, value };
    const definition = {
      conditions: [condition],
      match: 'all',
      target: 'x',
      api: null,
      priority: index,
      enabled: true,
    };
    return { kind: 'route', name: `r${index}`, definition, createdAtMs: 0 };
  });
  return ruleSetOf(1, entries, (message) => {
    throw new Error(message);
  });
}

/** The best of some repetitions: what it costs where nothing else runs. */
function microseconds(rounds: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition <= REPETITIONS; repetition += 1) {
    const startedMs = performance.now();
    for (let round = 0; round < rounds; round += 1) work();
    best = Math.min(best, (1000 * (performance.now() - startedMs)) / rounds);
  }
  return best;
}

for (const [what, every, text, rounds] of [
  ['no pattern', 0, prompt, ROUNDS],
  ['20 of them patterns, a prompt of 61 characters', 10, prompt, ROUNDS],
  ['20 of them patterns, a prompt of 2,000 characters', 10, prompt.repeat(33), ROUNDS / 10],
  ['20 of them patterns, a prompt of 33,000 characters', 10, prompt.repeat(540), ROUNDS / 100],
] as const) {
  const rules = rulesOf(every);
  const request = requestOf(text);
  const cost = microseconds(rounds, () => plan(rules, request));
  console.log(`planning with ${RULES} rules, ${what}: ${cost.toFixed(1)} µs`);
}

/** Reproducible text of some letters. */
function letters(of: string): string {
  let seed = 1;
  return Array.from({ length: 40_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return of[(seed >> 8) % of.length];
  }).join('');
}

const words = prompt.repeat(650);
for (const [what, pattern, text] of [
  ['words', '(?i)\\b(?:invoice|refund|chargeback)\\b', words],
  ['a nested repetition', '(a+)+$', `${'a'.repeat(40_000)}b`],
  ['a counted repetition', '(?:[a-z]{1,20}){1,6}[0-9]', letters('abcdefgh ')],
  ['an automaton of 2^14 states', '(a|b)*a(a|b){14}[cd]', letters('ab')],
  ['an automaton of 2^60 states', '[ab]*a[ab]{60}[cd]', letters('ab')],
  ['an automaton of 2^180 states', '[ab]*a[ab]{180}[cd]', letters('ab')],
  ['the same over any letters', '.*[a-m].{60}[0-9]', letters('abcdefghijklmnopqrstuvwxyz ')],
] as const) {
  const request = requestOf(text);
  const startedMs = performance.now();
  parseCondition({ type: 'regex', value: pattern })(request, null);
  const firstMs = performance.now() - startedMs;
  const test = parseCondition({ type: 'regex', value: pattern });
  const cost = microseconds(3, () => test(request, null));
  console.log(
    `regex, ${what}: at first ${firstMs.toFixed(1)} ms, then ${(cost / 1000).toFixed(2)} ms a long prompt`,
  );
}
