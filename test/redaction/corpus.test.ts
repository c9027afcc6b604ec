// How much of what must not be written is found, and how much else is taken for it, by class. The secrets are made from
// the rules, the personal data by the libraries' own examples and check digits; what is harmless is this repository and
// what providers' bodies hold. An independent detector looks at the same texts before and after.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { composeIBAN } from 'ibantools';
import { getExampleNumber } from 'libphonenumber-js';
import examples from 'libphonenumber-js/mobile/examples';
import { Numbering } from '../../src/redaction/numbering.ts';
import { Redactor } from '../../src/redaction/redactor.ts';
import { SecretFinder } from '../../src/redaction/secret-finder.ts';
import type { SpanKind } from '../../src/redaction/span.ts';
import { samplesOf } from './rule-samples.ts';

const redactor = new Redactor({ spentMs: () => 0, budgetMs: 1 });
const finder = new SecretFinder();

interface Positive {
  readonly kind: SpanKind;
  readonly text: string;
  readonly value: string;
}

/** The corpus's own randomness: the same every time. */
let state = 2026;
function random(below: number): number {
  state = (state * 1103515245 + 12345) % 2147483648;
  return Math.floor((state / 2147483648) * below);
}
const letters = (count: number, alphabet: string): string =>
  Array.from({ length: count }, () => alphabet[random(alphabet.length)]).join('');
const MIXED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const SENTENCES: readonly ((value: string) => string)[] = [
  (value) => `Please take ${value} and go on.`,
  (value) => `"${value}"`,
  (value) => `- first\n- ${value}\n- last`,
  (value) => `<td>${value}</td>`,
  (value) => `(${value}), he wrote`,
];

function personal(kind: SpanKind, values: readonly string[]): Positive[] {
  return values.flatMap((value) => SENTENCES.map((sentence) => ({ kind, value, text: sentence(value) })));
}

function luhn(prefix: string, length: number): string {
  const body = prefix + letters(length - prefix.length - 1, '0123456789');
  const sum = [...body].reverse().reduce((total, digit, index) => {
    const twice = index % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (twice > 9 ? twice - 9 : twice);
  }, 0);
  return body + String((10 - (sum % 10)) % 10);
}

function cards(): string[] {
  return ['4', '51', '2221', '34', '6011', '36', '3530', '62'].flatMap((prefix) => {
    const length = prefix === '34' ? 15 : prefix === '36' ? 14 : 16;
    const plain = luhn(prefix, length);
    return length === 16
      ? [plain, plain.replace(/\d{4}(?=\d)/g, '$& '), plain.replace(/\d{4}(?=\d)/g, '$&-')]
      : [plain];
  });
}

function ibans(): string[] {
  const bbans: readonly (readonly [string, string])[] = [
    ['DE', '370400440532013000'],
    ['FR', '20041010050500013M02606'],
    ['NL', 'ABNA0417164300'],
    ['GB', 'NWBK60161331926819'],
    ['CH', '00762011623852957'],
    ['ES', '21000418450200051332'],
  ];
  return bbans.flatMap(([countryCode, bban]) => {
    const plain = composeIBAN({ countryCode, bban }) ?? '';
    return [plain, plain.replace(/.{4}(?=.)/g, '$& ')];
  });
}

function phones(): string[] {
  const countries = ['DE', 'US', 'GB', 'FR', 'JP', 'BR', 'IN', 'AU', 'NG', 'PL'] as const;
  return countries.flatMap((country) => {
    const number = getExampleNumber(country, examples);
    return number === undefined ? [] : [number.number, number.formatInternational()];
  });
}

const emails = (): string[] =>
  Array.from({ length: 20 }, () => {
    const local = [letters(6, 'abcdefgh'), letters(5, 'uvwxyz')].join(['.', '_', '-', '+'][random(4)]);
    return `${local}@${letters(7, 'mnopqrst')}.${['com', 'co.uk', 'de', 'io'][random(4)]}`;
  });
const addresses = (): string[] => [
  ...Array.from({ length: 10 }, () => `${random(90) + 11}.${random(250)}.${random(250)}.${random(250)}`),
  ...Array.from(
    { length: 5 },
    () => `2a02:${letters(4, '123456789abc')}:${letters(3, '123456789')}::${letters(4, 'abcdef123')}`,
  ),
];

function positives(): Positive[] {
  const secrets = finder.rules.flatMap((rule) =>
    samplesOf(rule).map(({ text, secret }) => ({
      kind: 'SECRET' as const,
      text: `The log:\n${text}\nend.`,
      value: secret,
    })),
  );
  return [
    ...secrets,
    ...personal('EMAIL', emails()),
    ...personal('CARD', cards()),
    ...personal('IBAN', ibans()),
    ...personal('PHONE', phones()),
    ...personal('IP', addresses()),
  ];
}

const hides = ({ text, value }: Positive): boolean =>
  !redactor.redactText(text, new Numbering(Buffer.from('corpus'))).includes(value);

test('recall by class: every personal datum, and every secret by its own rule', (t) => {
  const byKind = Map.groupBy(positives(), ({ kind }) => kind);
  for (const [kind, all] of byKind) {
    const missed = all.filter((positive) => !hides(positive));
    t.diagnostic(`${kind}: ${all.length - missed.length} of ${all.length} found`);
    // A sample may hold a word of an allow list by chance.
    const allowed = kind === 'SECRET' ? Math.floor(all.length * 0.01) : 0;
    assert.ok(missed.length <= allowed, `${kind}: ${JSON.stringify(missed.slice(0, 5))}`);
  }
  assert.ok((byKind.get('SECRET')?.length ?? 0) > 800);
});

test('hardly a rule is without samples', () => {
  const without = finder.rules.filter((rule) => samplesOf(rule).length === 0).map(({ id }) => id);
  assert.ok(without.length <= 6, without.join(' '));
});

/** Harmless figures and ids as providers' bodies hold them. */
function bodies(): string {
  const lines = Array.from({ length: 400 }, (_, index) => ({
    id: `chatcmpl-${letters(29, MIXED)}`,
    request_id: `req_${letters(24, MIXED)}`,
    tool_call_id: `call_${letters(24, MIXED)}`,
    tool_use_id: `toolu_01${letters(22, MIXED)}`,
    digest: `sha256:${letters(64, '0123456789abcdef')}`,
    commit: letters(40, '0123456789abcdef'),
    trace_id: letters(32, '0123456789abcdef'),
    session: `${letters(8, '0123456789abcdef')}-${letters(4, '0123456789abcdef')}-4a1b-8c2d-${letters(12, '0123456789abcdef')}`,
    created: 1764000000 + index,
    order: letters(10, '0123456789'),
    max_tokens: 4096,
    usage: { prompt_tokens: index, completion_tokens: 2 * index, cache_read_input_tokens: 12_345 },
    at: new Date(1764000000000 + index * 1e7).toISOString(),
    token: ' Hello',
    price: `${index}.99`,
  }));
  return JSON.stringify(lines);
}

test('what is harmless stays: at most one false alarm in 40 KB, by class', (t) => {
  const files = globSync(['{docs,src,bench,scripts}/**/*.{ts,md}', 'README.md']).filter(
    (file) => !/redaction/.test(file),
  );
  const texts = [...files.map((file) => readFileSync(file, 'utf8')), bodies()];
  const size = texts.reduce((sum, each) => sum + each.length, 0);
  const alarms = texts.flatMap((each) =>
    redactor.find(each).map((span) => ({ ...span, text: each.slice(span.start, span.end) })),
  );
  const byKind = Map.groupBy(alarms, ({ kind }) => kind);
  t.diagnostic(
    `${Math.round(size / 1024)} KB: ${[...byKind].map(([kind, all]) => `${kind} ${all.length}`).join(', ')}`,
  );
  assert.ok(alarms.length <= size / 40_000, JSON.stringify(alarms));
  for (const kind of ['PHONE', 'CARD', 'IBAN'] as const)
    assert.ok((byKind.get(kind)?.length ?? 0) <= 2, JSON.stringify(byKind.get(kind)));
  assert.deepEqual(redactor.find(bodies()), []);
});

const ORACLE = {
  rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }],
};

async function oracle(
  content: string,
): Promise<readonly { range: readonly [number, number]; ruleId: string }[]> {
  const result = await lintSource({
    source: { filePath: 'prompt.txt', content, contentType: 'text', ext: '.txt' },
    options: { config: ORACLE, noPhysicFilePath: true },
  });
  return result.messages.map(({ range, ruleId }) => ({ range: [range[0], range[1]], ruleId }));
}

/** Of the kinds that the oracle knows; invented here. */
function oracleSamples(): string {
  const values = [
    `AWS_SECRET_ACCESS_KEY = ${letters(40, MIXED)}`,
    `ghp_${letters(36, MIXED)}`,
    `github_pat_${letters(22, MIXED)}_${letters(59, MIXED)}`,
    `glpat-${letters(20, MIXED)}`,
    `xoxb-${letters(12, '123456789')}-${letters(12, '123456789')}-${letters(24, MIXED)}`,
    `npm_${letters(36, MIXED)}`,
    `SG.${letters(22, MIXED)}.${letters(43, MIXED)}`,
    `sk-ant-api03-${letters(93, MIXED)}AA`,
    `sk-proj-${letters(74, MIXED)}T3BlbkFJ${letters(74, MIXED)}`,
    `hf_${letters(34, MIXED)}`,
    `gsk_${letters(52, MIXED)}`,
    `shpat_${letters(32, '0123456789abcdef')}`,
    `https://deploy:${letters(16, MIXED)}@git.corp.example/repo.git`,
    `postgres://app:${letters(14, MIXED)}@db.corp.example:5432/main`,
    `mongodb+srv://root:${letters(14, MIXED)}@cluster0.corp.example/db`,
    `hvs.${letters(95, MIXED)}`,
    `lin_api_${letters(40, MIXED)}`,
  ];
  return Array.from({ length: 5 }, () => values)
    .flat()
    .map((value, index) => `step ${index}: ${value}\n`)
    .join('');
}

test('an independent detector finds nothing that we miss, and nothing in what we write', async (t) => {
  const text = oracleSamples();
  const alarms = await oracle(text);
  t.diagnostic(
    `the oracle sees ${alarms.length}: ${[...new Set(alarms.map(({ ruleId }) => ruleId.split('-rule-')[1]))].join(' ')}`,
  );
  assert.ok(alarms.length >= 40);
  const spans = redactor.find(text);
  const missed = alarms.filter(
    ({ range: [start, end] }) => !spans.some((span) => span.start < end && start < span.end),
  );
  assert.deepEqual(
    missed.map(({ range: [start, end] }) => text.slice(start, end)),
    [],
  );
  assert.deepEqual(await oracle(redactor.redactText(text, new Numbering(Buffer.from('corpus')))), []);
});
