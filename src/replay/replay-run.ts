// Asks stored prompts again, through the proxy: several at a time, each written down before it leaves and when it is
// done.

import type { Clock } from '../core/clock.ts';
import type { NanoUsd } from '../core/money.ts';
import { REPLAY_APP, REPLAY_TAG } from '../core/own-traffic.ts';
import type { Protocol, ProtocolName } from '../core/protocol.ts';
import { allInputTokens, totalUsage, type UsageRun } from '../core/usage.ts';
import { answerContent } from '../protocols/answer-content.ts';
import { asObject } from '../protocols/json/json-value.ts';
import { answerBytes } from '../runtime/answer-bytes.ts';
import type { ReplayResult, ResultFile } from './replay-result.ts';
import type { ReplayTask } from './replay-task.ts';

export interface ReplayRunOptions {
  readonly proxyUrl: string;
  readonly protocols: Readonly<Record<ProtocolName, Protocol>>;
  /** The caller's own keys, by API; an upstream of the proxy may have one too. */
  readonly keys: Readonly<Record<ProtocolName, string | null>>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly file: ResultFile;
  /** The cost by the proxy's own prices. */
  readonly priceOf: (api: ProtocolName, runs: readonly UsageRun[], model: string) => NanoUsd | null;
  readonly session: string;
  readonly signal: AbortSignal;
  readonly onDone: (result: ReplayResult) => void;
}

const TIMEOUT_MS = 600_000;
/** Many times what any model writes, pictures included. */
export const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** The proxy's own errors behind which the upstream may have answered, and charged. Others cost nothing. */
const MAY_BE_CHARGED: ReadonlySet<string> = new Set([
  'upstream_timeout',
  'upstream_broken',
  'answer_not_translatable',
]);

/** Stops sending when the signal aborts; what is in flight ends. */
export async function runReplay(options: ReplayRunOptions, tasks: readonly ReplayTask[]): Promise<void> {
  const waiting = [...tasks];
  const lane = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      if (options.signal.aborted) return;
      options.file.started(task.key);
      const result = await ask(options, task);
      options.file.add(result);
      options.onDone(result);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, lane));
}

async function ask(options: ReplayRunOptions, task: ReplayTask): Promise<ReplayResult> {
  const { clock, proxyUrl, protocols, priceOf } = options;
  const { key, promptId, target, turn, api, path, body } = task;
  const began = clock.monotonicMs();
  const nothing = {
    requestId: null,
    status: null,
    inputTokens: 0,
    outputTokens: 0,
    costNanoUsd: 0,
    answer: null,
  };
  const done = (more: Partial<ReplayResult>): ReplayResult => ({
    ...{ key, promptId, target, turn, api },
    ...nothing,
    error: null,
    latencyMs: Math.round(clock.monotonicMs() - began),
    ...more,
  });
  let response: Response;
  let bytes: Buffer;
  try {
    response = await options.fetch(`${proxyUrl}/${api}${path}`, {
      method: 'POST',
      headers: headersOf(options, task),
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    bytes = await answerBytes(response, ANSWER_BYTES_MAX);
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    return done({
      // What it cost is on the proxy's record, unless nothing has left.
      costNanoUsd: code === 'ECONNREFUSED' ? 0 : null,
      error: `no answer: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
  const { status } = response;
  const endpoint = protocols[api].endpoint('POST', path);
  const contentType = response.headers.get('content-type')?.split(';')[0]?.trim() ?? null;
  const meter = protocols[api].meter(endpoint, { status, contentType }, path);
  meter?.push(bytes);
  const reading = meter?.end();
  const runs = reading?.runs ?? [];
  const usage = totalUsage(runs);
  const answer = documentOf(bytes);
  const said = answerContent(answer);
  const routed = response.headers.get('x-tokenwatch-routed-model');
  const error =
    routed !== null
      ? `a rule of the proxy asked ${routed} instead`
      : status >= 400
        ? `${status}: ${said?.error ?? bytes.toString('utf8').slice(0, 200)}`
        : said === null
          ? 'the answer is of no known form'
          : said.error;
  return done({
    requestId: response.headers.get('x-tokenwatch-request-id'),
    status,
    inputTokens: allInputTokens(usage),
    outputTokens: usage.outputTokens,
    costNanoUsd:
      status >= 400
        ? costOfError(response)
        : runs.length === 0
          ? null
          : priceOf(api, runs, reading?.model ?? target),
    // Of another model than was asked, it is no answer to compare, nor to check.
    answer: routed === null ? answer : null,
    error,
  });
}

const costOfError = ({ headers }: Response): NanoUsd | null =>
  MAY_BE_CHARGED.has(headers.get('x-tokenwatch-error') ?? '') ? null : 0;

function headersOf(
  { keys, session }: ReplayRunOptions,
  { api, headers }: ReplayTask,
): Record<string, string> {
  const key = keys[api];
  return {
    ...headers,
    'content-type': 'application/json',
    'x-tokenwatch-app': REPLAY_APP,
    'x-tokenwatch-tag': REPLAY_TAG,
    'x-tokenwatch-session': session,
    'x-tokenwatch-cache': 'bypass',
    ...(key !== null && (api === 'anthropic' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` })),
  };
}

function documentOf(bytes: Buffer): unknown {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')));
  } catch {
    // An answer that is no JSON is told by its status.
    return null;
  }
}
