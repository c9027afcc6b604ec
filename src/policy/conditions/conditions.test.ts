// Every condition: what it accepts, what it refuses, and what it matches.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestView } from '../request-view.ts';
import { parseCondition } from '../rules.ts';
import { CONDITIONS } from './registry.ts';

function view(parts: Partial<RequestView> = {}): RequestView {
  const promptText = parts.promptText ?? (() => 'Hello');
  return {
    promptCharacters: () => promptText().length,
    promptBytes: () => Buffer.byteLength(promptText()),
    id: 'r1',
    protocol: 'openai',
    app: 'agent',
    tag: null,
    session: null,
    model: 'gpt-4o',
    stream: false,
    atMs: Date.UTC(2026, 10, 24, 12),
    header: () => null,
    canSpeak: () => true,
    hasTools: () => false,
    promptText: () => 'Hello',
    spend: { costToday: () => 0, scarcestLeft: () => 1, budgetLeft: () => null },
    ...parts,
  };
}

const holds = (
  type: string,
  value: string,
  parts: Partial<RequestView> = {},
  tag: string | null = null,
): boolean => parseCondition({ type, value })(view(parts), tag);

test('names match exactly or by a pattern', () => {
  assert.ok(holds('source_app', 'agent'));
  assert.ok(!holds('source_app', 'agent2'));
  assert.ok(holds('source_app', 'ag*'));
  assert.ok(holds('model', 'gpt-*'));
  assert.ok(!holds('model', 'gpt-4o-mini'));
  assert.ok(!holds('model', '*', { model: null }));
});

test('a tag matches as a whole or by one facet', () => {
  const tag = 'feature=search,team=growth';
  assert.ok(holds('tag', tag, {}, tag));
  assert.ok(holds('tag', 'team=growth', {}, tag));
  assert.ok(!holds('tag', 'team=grow', {}, tag));
  assert.ok(!holds('tag', 'team=growth', {}, null));
});

test('a pattern looks at the prompt, and at the newest part of a long one', () => {
  assert.ok(holds('regex', '(?i)hello'));
  assert.ok(!holds('regex', '^ello'));
  assert.ok(holds('regex', 'needle', { promptText: () => `${'x'.repeat(1_000_000)} needle` }));
});

test('token counts compare with an estimate of four bytes a token', () => {
  const promptText = () => 'x'.repeat(4000);
  assert.ok(holds('token_count', '>=1000', { promptText }));
  assert.ok(!holds('token_count', '>1000', { promptText }));
  assert.ok(holds('token_count', '<1001', { promptText }));
  assert.ok(holds('token_count', '500..1000', { promptText }));
  assert.ok(!holds('token_count', '1..999', { promptText }));
});

test('a window of time has a zone, and across midnight belongs to the day on which it begins', () => {
  const at = (iso: string) => ({ atMs: Date.parse(iso) });
  assert.ok(holds('time', '22:00-06:00 UTC', at('2026-11-24T23:30:00Z')));
  assert.ok(holds('time', '22:00-06:00 UTC', at('2026-11-24T05:59:59Z')));
  assert.ok(!holds('time', '22:00-06:00 UTC', at('2026-11-24T06:00:00Z')));
  assert.ok(!holds('time', '22:00-06:00 UTC', at('2026-11-24T21:59:59Z')));
  assert.ok(holds('time', '09:00-17:00 Europe/Berlin', at('2026-11-24T08:00:00Z')));
  assert.ok(!holds('time', '09:00-17:00 Europe/Berlin', at('2026-11-24T16:00:00Z')));
  // 2026-11-28 is a Saturday; its early hours still belong to Friday's window.
  assert.ok(holds('time', 'mon-fri 22:00-06:00 UTC', at('2026-11-28T03:00:00Z')));
  assert.ok(!holds('time', 'mon-fri 22:00-06:00 UTC', at('2026-11-28T23:00:00Z')));
  assert.ok(!holds('time', 'mon-fri 22:00-06:00 UTC', at('2026-11-23T03:00:00Z')));
  assert.ok(holds('time', 'sat,sun 00:00-24:00 UTC', at('2026-11-29T23:59:00Z')));
  assert.ok(holds('time', 'fri-mon 00:00-24:00 UTC', at('2026-11-23T12:00:00Z')));
});

test('spending is that of all, of the application, or of the tag', () => {
  const spend: RequestView['spend'] = {
    costToday: (of) => (of === null ? 10e9 : 'app' in of ? 3e9 : 1e9),
    scarcestLeft: () => 0.15,
    budgetLeft: (name) => (name === 'daily a:b' ? 0.5 : null),
  };
  assert.ok(holds('cost_today', '>5.00', { spend }));
  assert.ok(holds('cost_today', 'all:>$9.99', { spend }));
  assert.ok(!holds('cost_today', 'app:>5', { spend }));
  assert.ok(holds('cost_today', 'app:2..3', { spend }));
  assert.ok(holds('cost_today', 'tag:<2', { spend }, 't'));
  assert.ok(holds('cost_today', 'tag:<0.1', { spend }, null));
  assert.ok(holds('budget_left', '<20%', { spend }));
  assert.ok(!holds('budget_left', '<15%', { spend }));
  assert.ok(holds('budget_left', '10%..20%', { spend }));
  assert.ok(holds('budget_left', 'daily a:b:<=50%', { spend }));
  assert.ok(!holds('budget_left', 'daily a:b:<50%', { spend }));
  assert.ok(!holds('budget_left', 'removed:<50%', { spend }));
});

test('streams, tools and headers', () => {
  assert.ok(holds('stream', 'yes', { stream: true }));
  assert.ok(holds('stream', 'no'));
  assert.ok(holds('tools', 'true', { hasTools: () => true }));
  const header = (name: string) => (name === 'x-team' ? 'growth-eu' : null);
  assert.ok(holds('header', 'X-Team', { header }));
  assert.ok(holds('header', 'x-team=growth-*', { header }));
  assert.ok(!holds('header', 'x-team=core', { header }));
  assert.ok(!holds('header', 'x-other', { header }));
});

test('a value that is not of the form is refused with the type, the value and the form', () => {
  const wrong: Readonly<Record<string, readonly string[]>> = {
    source_app: [''],
    tag: [' '],
    model: [''],
    regex: ['', '(', '(?=look)', 'x'.repeat(1001), '(?:[a-z]{1,50}){1,15}'],
    token_count: ['4000', '>', '> many', '500..100', '>-1'],
    time: [
      '22:00',
      '22:00-22:00',
      '25:00-26:00',
      '10:60-11:00',
      'noday 10:00-11:00',
      '10:00-11:00 Mars/Base',
    ],
    cost_today: ['5', '>x', 'user:>5', '>1.0000000001'],
    budget_left: ['<20', '20%', '<x%', ':<20%', 'name:20%'],
    stream: ['maybe', ''],
    tools: ['1'],
    header: ['', '=x', 'two words'],
  };
  assert.deepEqual(Object.keys(wrong).sort(), Object.keys(CONDITIONS).sort());
  for (const [type, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.throws(
        () => parseCondition({ type, value }),
        (error: Error) => error.message.startsWith(`The value "${value}" of condition "${type}" is not `),
        `${type} ${value}`,
      );
    }
  }
  for (const type of ['weather', 'constructor', 'toString', '__proto__'])
    assert.throws(
      () => parseCondition({ type, value: 'rain' }),
      new RegExp(`condition "${type}" is not one of source_app`),
    );
});

test('each condition can say what it sees', () => {
  for (const kind of Object.values(CONDITIONS)) assert.notEqual(kind.seen(view(), 't', 'x'), '');
  const seen = (type: string, value: string, parts: Partial<RequestView> = {}): string | undefined =>
    CONDITIONS[type]?.seen(view(parts), 't', value);
  assert.equal(
    seen('time', '22:00-06:00 Asia/Tokyo', { atMs: Date.UTC(2026, 10, 24, 23, 5) }),
    'wed 08:05 Asia/Tokyo',
  );
  const spend: RequestView['spend'] = {
    costToday: (of) => (of === null ? 10e9 : 'app' in of ? 3e9 : 1e9),
    scarcestLeft: () => 0.15,
    budgetLeft: (name) => (name === 'daily' ? 0.5 : null),
  };
  assert.equal(seen('cost_today', '>5', { spend }), '$10.0000 today in all');
  assert.equal(seen('cost_today', 'app:>5', { spend }), `$3.0000 today by ${view().app}`);
  assert.equal(seen('cost_today', 'tag:>5', { spend }), '$1.0000 today with t');
  assert.equal(seen('budget_left', '<20%', { spend }), '15.0 % left of the scarcest budget');
  assert.equal(seen('budget_left', 'daily:<20%', { spend }), '50.0 % left of daily');
  assert.equal(seen('budget_left', 'gone:<20%', { spend }), 'no budget named gone');
  // Never the value: it may be a secret.
  const header = (name: string): string | null => (name === 'x-key' ? 'secret' : null);
  assert.equal(seen('header', 'x-key=other', { header }), 'x-key with another value');
  assert.equal(seen('header', 'x-none', { header }), 'no x-none');
});
