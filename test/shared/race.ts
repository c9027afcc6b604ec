// Clients that race for one budget through several proxies, and what is to be seen of it afterwards.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestRecord } from '../../src/core/record.ts';
import { visitStore } from '../../src/storage/registry.ts';
import type { StoreSettings } from '../../src/storage/store.ts';
import type { CountingUpstream } from './counting-upstream.ts';
import type { ProxyProcess } from './start-proxy.ts';

/** What clients sent, and what came of it. */
export interface Tally {
  sent: number;
  answered: number;
  statuses: Map<string, number>;
}

/** What a client asks. */
export interface Question {
  /** Also its tag. */
  readonly prompt: string;
  readonly tokens: number;
  /** Whose it is; null: nobody's. */
  readonly session: string | null;
}

/** By which the provider tells apart what it was asked. */
export const promptOf = (prompt: string, session: string | null): string =>
  session === null ? prompt : `${prompt} of ${session}`;

/**
 * Clients of one proxy, wherever it is just now; they go on when it is gone and when it refuses. `offlineMs`: where the
 * database does not answer in time, each refusal is a record more for it.
 */
export async function load(
  proxy: () => ProxyProcess,
  isOver: () => boolean,
  question: () => Question,
  tally: Tally,
  pauseMs: number,
  offlineMs = pauseMs,
): Promise<void> {
  // What is gone is not back at once; asked without end, it takes the others' time.
  const pauses = new Map([
    ['gone', 10 * pauseMs],
    ['budget_offline', offlineMs],
  ]);
  while (!isOver()) {
    tally.sent += 1;
    const answer = await ask(proxy().proxyUrl, question());
    tally.statuses.set(answer, (tally.statuses.get(answer) ?? 0) + 1);
    if (answer === '200') tally.answered += 1;
    await sleep(pauses.get(answer) ?? pauseMs);
  }
}

async function ask(proxyUrl: string, { prompt, tokens, session }: Question): Promise<string> {
  try {
    const response = await fetch(`${proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer not-a-key',
        'x-tokenwatch-tag': prompt,
        ...(session !== null && { 'x-tokenwatch-session': session }),
      },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        max_tokens: tokens,
        messages: [{ role: 'user', content: promptOf(prompt, session) }],
      }),
      signal: AbortSignal.timeout(60_000),
    });
    await response.text();
    return response.status === 200
      ? '200'
      : (response.headers.get('x-tokenwatch-error') ?? String(response.status));
  } catch {
    return 'gone';
  }
}

/** Looks at what the provider saw at every turn of the loop, and keeps the most. */
export function watch(upstream: CountingUpstream): { most(): number; end(): void } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, upstream.totalNanoUsd);
  }, 1);
  return { most: () => Math.max(most, upstream.totalNanoUsd), end: () => clearInterval(timer) };
}

export async function recordsOf(settings: StoreSettings): Promise<readonly RequestRecord[]> {
  const visit = await visitStore(settings, 'refuse');
  const all: RequestRecord[] = [];
  for (let cursor = 0; ; ) {
    const page = await visit.analytics.changes(cursor, 1000);
    all.push(...page.records);
    if (page.records.length === 0) break;
    cursor = page.cursor;
  }
  await visit.close();
  return [...new Map(all.map((record) => [record.id, record])).values()];
}

/** What the records say, beside what the provider and the clients saw. */
export interface Told {
  /** Answers that are on record more than once. */
  readonly doubled: number;
  /** Answers without a record, beyond those whose process was killed before it could write one. */
  readonly lost: number;
  readonly inFlight: number;
  readonly interrupted: number;
  readonly records: number;
  readonly spentNanoUsd: number;
}

export function toldBy(
  records: readonly RequestRecord[],
  upstream: CountingUpstream,
  answered: number,
): Told {
  const ids = records.flatMap(({ responseId }) => (responseId === null ? [] : [responseId]));
  const known = new Set(ids);
  const count = (outcome: RequestRecord['outcome']): number =>
    records.filter((record) => record.outcome === outcome).length;
  const interrupted = count('interrupted');
  const missing = [...upstream.costs.keys()].filter((id) => !known.has(id)).length;
  // One whose process was killed between its answer and its last line is told as interrupted.
  const unanswered = answered - count('completed') - interrupted;
  return {
    ...{ doubled: ids.length - known.size, lost: Math.max(0, missing - interrupted, unanswered) },
    ...{ inFlight: count('in_flight'), interrupted, records: records.length },
    spentNanoUsd: records.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0),
  };
}

/** Each answer is on record once, or its process was killed before it could be; and the records stay within the limit. */
export function assertAllTold(
  records: readonly RequestRecord[],
  upstream: CountingUpstream,
  answered: number,
  limitNanoUsd: number,
): string {
  const { doubled, lost, inFlight, interrupted, spentNanoUsd: spent } = toldBy(records, upstream, answered);
  assert.deepEqual({ doubled, lost, inFlight }, { doubled: 0, lost: 0, inFlight: 0 });
  assert.ok(spent <= limitNanoUsd && spent >= upstream.totalNanoUsd, `${spent} spent by the records`);
  return `spent by the records ${spent}, ${records.length} records, ${interrupted} interrupted`;
}
