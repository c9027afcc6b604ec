// The checks of a fault run, each seen failing: evidence of a run that went well, falsified in one way after the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asked, Evidence, RecordFacts, Seen } from './run/evidence.ts';
import { PROMISES } from './run/promises.ts';

const ASKED: Asked = {
  key: 'key-1',
  prompt: 'own-1',
  kind: 'plain',
  app: 'free',
  isWell: true,
  sentDigest: 'sent',
  otherDigest: null,
  explained: null,
  beganMs: 1000,
  endedMs: 1100,
  ending: 'whole',
  status: 200,
  requestId: 'id-1',
  ownError: null,
  gotDigest: 'answer',
  answersTo: null,
  caller: 'caller-a',
};
const SEEN: Seen = { bodyDigest: 'sent', answerDigest: 'answer', costNanoUsd: 70 };
const RECORD: RecordFacts = {
  id: 'id-1',
  session: 'key-1',
  app: 'free',
  tag: null,
  outcome: 'completed',
  costNanoUsd: 70,
  modelRequested: 'm',
  modelSent: null,
  variant: null,
};
const WELL: Evidence = {
  asked: [ASKED],
  seen: new Map([['own-1', [SEEN]]]),
  records: [RECORD],
  limits: new Map([['limited', 100]]),
  outages: [],
  deaths: 0,
};
const LIMITED: Evidence = {
  ...WELL,
  asked: [{ ...ASKED, kind: 'limited', app: 'limited' }],
  records: [{ ...RECORD, app: 'limited' }],
};
const EXPLAINED: Evidence = {
  ...WELL,
  asked: [
    {
      ...ASKED,
      kind: 'routed',
      otherDigest: 'other',
      explained: { model: 'n', variant: 'b', tag: 'team=x' },
    },
  ],
  seen: new Map([['own-1', [{ ...SEEN, bodyDigest: 'other' }]]]),
  records: [{ ...RECORD, modelSent: 'n', variant: 'b', tag: 'team=x' }],
};
const explainedButRecorded = (facts: Partial<RecordFacts>): Evidence => ({
  ...EXPLAINED,
  records: EXPLAINED.records.map((record) => ({ ...record, ...facts })),
});
const seenAs = (...list: readonly Seen[]): ReadonlyMap<string, readonly Seen[]> => new Map([['own-1', list]]);

/** What is untrue, and which checks say so. */
const FALSIFIED: readonly [about: string, evidence: Evidence, broken: readonly string[]][] = [
  [
    'a body that was changed on its way up',
    { ...WELL, seen: seenAs({ ...SEEN, bodyDigest: 'x' }) },
    ['altered'],
  ],
  ['an answer that was changed', { ...WELL, asked: [{ ...ASKED, gotDigest: 'x' }] }, ['altered']],
  ['an answer without a record', { ...WELL, records: [] }, ['lost']],
  [
    'money of a hard budget that left without a record',
    { ...LIMITED, asked: [{ ...LIMITED.asked[0]!, requestId: null }], records: [] },
    ['lost'],
  ],
  ['an id twice', { ...WELL, records: [RECORD, { ...RECORD, session: 'other' }] }, ['doubled']],
  ['two records of one request', { ...WELL, records: [RECORD, { ...RECORD, id: 'id-2' }] }, ['doubled']],
  ['a request that was paid twice', { ...WELL, seen: seenAs(SEEN, SEEN) }, ['doubled', 'mischarged']],
  ['a record that never ended', { ...WELL, records: [{ ...RECORD, outcome: 'in_flight' }] }, ['unsettled']],
  ['a cost that is not the bill', { ...WELL, records: [{ ...RECORD, costNanoUsd: 69 }] }, ['mischarged']],
  [
    'a cost of null for a known model',
    { ...WELL, records: [{ ...RECORD, costNanoUsd: null }] },
    ['mischarged'],
  ],
  [
    'a killed request that held less than it cost',
    { ...LIMITED, records: [{ ...LIMITED.records[0]!, outcome: 'interrupted', costNanoUsd: 60 }] },
    ['mischarged'],
  ],
  ['bills beyond a limit', { ...LIMITED, limits: new Map([['limited', 69]]) }, ['over budget']],
  [
    "another caller's answer",
    { ...WELL, asked: [{ ...ASKED, kind: 'cached', answersTo: 'caller-b/own-1' }] },
    ['misled'],
  ],
  [
    "another prompt's answer",
    { ...WELL, asked: [{ ...ASKED, kind: 'cached', answersTo: 'caller-a/own-2' }] },
    ['misled'],
  ],
  ['a request that broke for nothing', { ...WELL, asked: [{ ...ASKED, ending: 'broken' }] }, ['disturbed']],
  [
    'a refusal without a budget',
    { ...WELL, asked: [{ ...ASKED, status: 429, ownError: 'budget_exceeded' }] },
    ['disturbed'],
  ],
  [
    'a fault of its own under a budget',
    { ...LIMITED, asked: [{ ...LIMITED.asked[0]!, status: 500, ownError: 'internal_error' }] },
    ['disturbed'],
  ],
  [
    'a model that was replaced with more than the model',
    { ...EXPLAINED, seen: seenAs({ ...SEEN, bodyDigest: 'x' }) },
    ['altered'],
  ],
  [
    'another model than the one on record',
    { ...EXPLAINED, seen: seenAs({ ...SEEN, bodyDigest: 'sent' }) },
    ['altered'],
  ],
  ['another model than explained', explainedButRecorded({ modelSent: 'o' }), ['unlike explained']],
  ['another variant than explained', explainedButRecorded({ variant: 'a' }), ['unlike explained']],
  ['another tag than explained', explainedButRecorded({ tag: null }), ['unlike explained']],
  [
    'an unknown model for nothing',
    { ...WELL, asked: [{ ...ASKED, kind: 'unpriced' }], records: [{ ...RECORD, costNanoUsd: 0 }] },
    ['free'],
  ],
  [
    'a request that hangs',
    { ...WELL, asked: [{ ...ASKED, ending: 'hung', isWell: false }] },
    ['hung or died'],
  ],
  ['a server that ended by itself', { ...WELL, deaths: 1 }, ['hung or died']],
];

const brokenIn = (evidence: Evidence): readonly string[] =>
  PROMISES.filter(({ broken }) => broken(evidence).length > 0).map(({ name }) => name);

test('evidence of a run that went well breaks no promise', () => {
  assert.deepEqual(brokenIn(WELL), []);
  assert.deepEqual(brokenIn(LIMITED), []);
  assert.deepEqual(brokenIn(EXPLAINED), []);
});

for (const [about, evidence, broken] of FALSIFIED)
  test(`the checks of a fault run see ${about}`, () => assert.deepEqual(brokenIn(evidence), broken));

test('every check is seen failing', () => {
  const seen = new Set(FALSIFIED.flatMap(([, , broken]) => broken));
  assert.deepEqual(
    PROMISES.map(({ name }) => name).filter((name) => !seen.has(name)),
    [],
  );
});

test('a kill excuses what ran at that time, and nothing else', () => {
  const outages = [{ fromMs: 1050, toMs: 1500 }];
  const asked = { ...ASKED, ending: 'broken' as const };
  assert.deepEqual(brokenIn({ ...WELL, asked: [asked], outages }), []);
  assert.deepEqual(brokenIn({ ...WELL, asked: [{ ...asked, endedMs: 1049 }], outages }), ['disturbed']);
});
