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

/** Clients of one proxy, wherever it is just now; they go on when it is gone and when it refuses. */
export async function load(
  proxy: () => ProxyProcess,
  isOver: () => boolean,
  tokens: () => number,
  tally: Tally,
  pauseMs: number,
  /** What is asked, and tagged with. */
  prompt: () => string = () => 'hi',
): Promise<void> {
  while (!isOver()) {
    tally.sent += 1;
    const answer = await ask(proxy().proxyUrl, tokens(), prompt());
    tally.statuses.set(answer, (tally.statuses.get(answer) ?? 0) + 1);
    if (answer === '200') tally.answered += 1;
    await sleep(pauseMs);
  }
}

async function ask(proxyUrl: string, tokens: number, prompt: string): Promise<string> {
  try {
    const response = await fetch(`${proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer not-a-key',
        'x-tokenwatch-tag': prompt,
      },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        max_tokens: tokens,
        messages: [{ role: 'user', content: prompt }],
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

/** Each answer is on record once, or its process was killed before it could be; and the records stay within the limit. */
export function assertAllTold(
  records: readonly RequestRecord[],
  upstream: CountingUpstream,
  answered: number,
  limitNanoUsd: number,
): string {
  const ids = records.flatMap(({ responseId }) => (responseId === null ? [] : [responseId]));
  const interrupted = records.filter(({ outcome }) => outcome === 'interrupted').length;
  const missing = [...upstream.costs.keys()].filter((id) => !ids.includes(id)).length;
  const spent = records.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
  assert.equal(new Set(ids).size, ids.length, 'an answer was recorded twice');
  assert.ok(missing <= interrupted, `${missing} answers have no record, and ${interrupted} were interrupted`);
  assert.equal(records.filter(({ outcome }) => outcome === 'in_flight').length, 0);
  const completed = records.filter(({ outcome }) => outcome === 'completed').length;
  // One whose process was killed between its answer and its last line is told as interrupted.
  assert.ok(
    completed + interrupted >= answered,
    `${answered} answered, ${completed} completed, ${interrupted} interrupted`,
  );
  assert.ok(spent <= limitNanoUsd && spent >= upstream.totalNanoUsd, `${spent} spent by the records`);
  return `spent by the records ${spent}, ${records.length} records, ${interrupted} interrupted`;
}
