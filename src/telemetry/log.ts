// The log: one line for each thing that happens, as JSON for machines or as text for people.

import type { IncomingHttpHeaders } from 'node:http';
import { formatUsd, NANO_USD_PER_USD } from '../core/money.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import { plainJson, printable } from '../core/shown-text.ts';
import { allInputTokens } from '../core/usage.ts';

export type LogFields = Readonly<Record<string, unknown>>;

export interface LogEvent {
  readonly atMs: number;
  readonly level: 'info' | 'warn';
  /** `request`, `warning`, `started` … */
  readonly event: string;
  readonly fields: LogFields;
}

const HEADER_CHARACTERS_MAX = 256;
/** Their ends are what was asked for. */
const GOOD: ReadonlySet<string> = new Set(['completed', 'cached']);

/** `headers` are the names of request headers that are logged with it, in lower case. */
export function requestEvent(
  start: RequestStart,
  end: RequestEnd,
  given: IncomingHttpHeaders,
  headers: readonly string[],
): LogEvent {
  const { usage } = end;
  return {
    atMs: start.startedAtMs + Math.round(end.latencyMs),
    level: GOOD.has(end.outcome) ? 'info' : 'warn',
    event: 'request',
    fields: {
      id: start.id,
      api: start.protocol,
      endpoint: start.endpoint,
      method: start.method,
      path: start.path,
      outcome: end.outcome,
      status: end.status,
      error: end.errorCode,
      model: end.modelUsed,
      modelRequested: start.modelRequested,
      app: start.app,
      tag: start.tag,
      session: start.session,
      ...(start.user !== null && { user: start.user }),
      ...(start.accessKey !== null && { accessKey: start.accessKey }),
      upstream: end.upstreamName ?? end.upstream,
      upstreamRequestId: end.upstreamRequestId,
      rule: start.routingRule,
      ...(start.unplanned !== null && { unplanned: start.unplanned }),
      cache: end.cacheUse,
      inputTokens: allInputTokens(usage),
      outputTokens: usage.outputTokens,
      costUsd: end.costNanoUsd === null ? null : end.costNanoUsd / NANO_USD_PER_USD,
      ...(end.costNanoUsd === null &&
        end.listCostNanoUsd !== null && { costUsdMin: end.listCostNanoUsd / NANO_USD_PER_USD }),
      ...(end.costDoubt !== null && { costDoubt: end.costDoubt }),
      latencyMs: end.latencyMs,
      timeToFirstByteMs: end.timeToFirstByteMs,
      ...(headers.length > 0 && { headers: shown(given, headers) }),
    },
  };
}

function shown(given: IncomingHttpHeaders, names: readonly string[]): LogFields {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      return value === undefined ? [] : [[name, String(value).slice(0, HEADER_CHARACTERS_MAX)]];
    }),
  );
}

/** One JSON document on one line, with nothing in it that moves a cursor or turns text around. */
export function jsonLine({ atMs, level, event, fields }: LogEvent): string {
  const time = new Date(atMs).toISOString();
  return plainJson(JSON.stringify({ time, level, event, ...fields }));
}

/** A request on one line for people: what it came to, and the id that its answer carried. */
export function prettyRequestLine({ atMs, fields }: LogEvent): string {
  const { status, outcome, error, api, endpoint, model, app, latencyMs, costUsd, id } = fields;
  const cost = formatUsd(typeof costUsd === 'number' ? Math.round(costUsd * NANO_USD_PER_USD) : null);
  const ended = error === null ? outcome : `${outcome} (${error})`;
  const time = new Date(atMs).toISOString().slice(11, 19);
  const words = [time, status ?? '---', `${api}/${endpoint}`, model ?? '-', app, ended];
  return [...words, `${Math.round(Number(latencyMs))} ms`, cost, id]
    .map((word) => printable(String(word)))
    .join('  ');
}
