// design.md's promises as checks of a run's evidence. A check returns what breaks its promise, one line each.

import type { Asked, Evidence, RecordFacts, Seen } from './evidence.ts';

export interface CheckedPromise {
  /** The word of the figures. */
  readonly name: string;
  readonly promise: string;
  readonly broken: (evidence: Evidence) => readonly string[];
}

/** What TokenWatch itself may say to a request that nothing ails: its budget, and a stop. */
const REFUSALS: ReadonlySet<string> = new Set([
  'budget_exceeded',
  'budget_busy',
  'budget_not_durable',
  'shutting_down',
]);

export const PROMISES: readonly CheckedPromise[] = [
  { name: 'altered', promise: '1. bytes pass as they are', broken: altered },
  { name: 'lost', promise: '2. no request without a record', broken: lost },
  { name: 'doubled', promise: '2. no request with two records or two bills', broken: doubled },
  { name: 'unsettled', promise: '2. every record has ended', broken: unsettled },
  { name: 'mischarged', promise: '2. a record costs what the upstream billed', broken: mischarged },
  { name: 'over budget', promise: '3. never over a hard budget', broken: overBudget },
  { name: 'misled', promise: "4. nobody gets another caller's or prompt's answer", broken: misled },
  { name: 'disturbed', promise: '5. traffic passes whatever fails beside it', broken: disturbed },
  { name: 'unlike explained', promise: '6. what is explained is what is done', broken: unlikeExplained },
  { name: 'free', promise: '7. what has no price never costs $0', broken: free },
  { name: 'hung or died', promise: "8. one request's fault is one request's", broken: hungOrDied },
];

const seenOf = ({ seen }: Evidence, { prompt }: Asked): readonly Seen[] => seen.get(prompt) ?? [];

function altered(evidence: Evidence): string[] {
  const faults: string[] = [];
  const bySession = recordsBySession(evidence);
  for (const asked of evidence.asked) {
    const seen = seenOf(evidence, asked);
    const right = rightBodies(asked, bySession.get(asked.key));
    if (asked.kind !== 'cached' && seen.some(({ bodyDigest }) => !right.includes(bodyDigest)))
      faults.push(`${asked.key}: the upstream got another body`);
    const passed = asked.ending === 'whole' && asked.ownError === null;
    const whole = seen.filter(({ answerDigest }) => answerDigest !== null);
    if (passed && whole.length > 0 && !whole.some(({ answerDigest }) => answerDigest === asked.gotDigest))
      faults.push(`${asked.key}: the client got another body`);
  }
  return faults;
}

/** As it was sent, or with nothing but the model of its record in it. Without a record nobody knows which. */
function rightBodies(asked: Asked, record: RecordFacts | undefined): readonly (string | null)[] {
  if (record === undefined) return [asked.sentDigest, asked.otherDigest];
  return record.modelSent === null ? [asked.sentDigest] : [asked.otherDigest];
}

function lost(evidence: Evidence): string[] {
  const ids = new Set(evidence.records.map(({ id }) => id));
  const sessions = new Set(evidence.records.map(({ session }) => session));
  const faults: string[] = [];
  for (const asked of evidence.asked) {
    if (asked.requestId !== null && !ids.has(asked.requestId))
      faults.push(`${asked.key}: its client heard of ${asked.requestId}, which has no record`);
    // Of money that a hard budget counts on, the record is there before the request leaves.
    else if (asked.kind === 'limited' && seenOf(evidence, asked).length > 0 && !sessions.has(asked.key))
      faults.push(`${asked.key}: it reached the upstream and has no record`);
  }
  return faults;
}

function doubled(evidence: Evidence): string[] {
  const faults = [
    ...repeats(evidence.records.map(({ id }) => id)).map((id) => `record ${id} is there twice`),
    ...repeats(evidence.records.map(({ session }) => session ?? '')).map((key) => `${key}: two records`),
  ];
  for (const asked of evidence.asked) {
    const bills = seenOf(evidence, asked).filter(({ costNanoUsd }) => costNanoUsd > 0).length;
    if (asked.kind !== 'cached' && bills > 1)
      faults.push(`${asked.key}: the upstream billed it ${bills} times`);
  }
  return faults;
}

function repeats(names: readonly string[]): string[] {
  const known = new Set<string>();
  return names.filter((name) => known.size === known.add(name).size);
}

function unsettled({ records }: Evidence): string[] {
  return records.filter(({ outcome }) => outcome === 'in_flight').map(({ id }) => `${id} is still in flight`);
}

function mischarged(evidence: Evidence): string[] {
  const faults: string[] = [];
  const bySession = recordsBySession(evidence);
  for (const asked of evidence.asked) {
    const record = bySession.get(asked.key);
    if (record === undefined || asked.kind === 'cached' || asked.kind === 'unpriced') continue;
    const billed = seenOf(evidence, asked).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
    const cost = record.costNanoUsd ?? Number.NaN;
    if (record.outcome === 'completed' && asked.isWell && cost !== billed)
      faults.push(`${asked.key}: recorded as ${record.costNanoUsd}, billed ${billed}`);
    if (record.outcome === 'interrupted' && asked.kind === 'limited' && billed > 0 && !(cost >= billed))
      faults.push(`${asked.key}: interrupted at ${record.costNanoUsd}, billed ${billed}`);
  }
  return faults;
}

function overBudget(evidence: Evidence): string[] {
  const faults: string[] = [];
  const billed = new Map<string, number>();
  for (const asked of evidence.asked) {
    if (asked.kind !== 'limited') continue;
    for (const { costNanoUsd } of seenOf(evidence, asked)) add(billed, asked.app, costNanoUsd);
  }
  const recorded = new Map<string, number>();
  for (const { app, costNanoUsd } of evidence.records) add(recorded, app, costNanoUsd ?? 0);
  for (const [app, limit] of evidence.limits) {
    for (const [who, sums] of [['billed', billed] as const, ['recorded', recorded] as const]) {
      const sum = sums.get(app) ?? 0;
      if (sum > limit) faults.push(`${app}: ${sum} ${who}, of ${limit}`);
    }
  }
  return faults;
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount);
}

function misled({ asked }: Evidence): string[] {
  return asked
    .filter(({ answersTo, caller, prompt }) => answersTo !== null && answersTo !== `${caller}/${prompt}`)
    .map(
      ({ key, caller, prompt, answersTo }) => `${key}: ${caller}/${prompt} got the answer to ${answersTo}`,
    );
}

function disturbed({ asked, outages }: Evidence): string[] {
  const faults: string[] = [];
  for (const request of asked) {
    const { key, kind, isWell, ending, status, ownError, beganMs, endedMs } = request;
    if (
      !isWell ||
      ending === 'left' ||
      outages.some(({ fromMs, toMs }) => beganMs < toMs && endedMs > fromMs)
    )
      continue;
    const isRefused = kind === 'limited' && ownError !== null && REFUSALS.has(ownError);
    if (!isRefused && (ending !== 'whole' || status !== 200))
      faults.push(`${key}: ${ending} with ${status} ${ownError ?? ''} (${kind})`);
  }
  return faults;
}

function unlikeExplained(evidence: Evidence): string[] {
  const faults: string[] = [];
  const bySession = recordsBySession(evidence);
  for (const { key, explained } of evidence.asked) {
    const record = bySession.get(key);
    // What was refused at a stop was not planned.
    if (explained === null || record === undefined || record.outcome === 'refused') continue;
    const done = [record.modelSent ?? record.modelRequested, record.variant, record.tag].join(' ');
    const said = [explained.model, explained.variant, explained.tag].join(' ');
    if (done !== said) faults.push(`${key}: explained as "${said}", recorded as "${done}"`);
  }
  return faults;
}

function free(evidence: Evidence): string[] {
  const bySession = recordsBySession(evidence);
  return evidence.asked
    .filter(({ kind, key }) => {
      const record = bySession.get(key);
      return kind === 'unpriced' && record?.outcome === 'completed' && record.costNanoUsd !== null;
    })
    .map(({ key }) => `${key}: an unknown model cost ${bySession.get(key)?.costNanoUsd}`);
}

function hungOrDied({ asked, deaths }: Evidence): string[] {
  const hung = asked.filter(({ ending }) => ending === 'hung').map(({ key }) => `${key}: hung`);
  return deaths === 0 ? hung : [...hung, `the server ended by itself ${deaths} times`];
}

function recordsBySession({ records }: Evidence): ReadonlyMap<string, RecordFacts> {
  return new Map(records.map((record) => [record.session ?? '', record]));
}
