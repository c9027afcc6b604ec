// The spans of a request that has ended. Pure: what they are, not how they are sent.
//
//   POST /anthropic/v1/messages      server: what the client saw
//   └ chat claude-haiku-4-5          client: the inference, retries included; the upstream's parent
//     ├ cache lookup                 internal, where the cache was asked
//     ├ POST                         client: one attempt at an upstream, in plain HTTP terms
//     └ POST

import { NANO_USD_PER_USD } from '../../core/money.ts';
import { isSuccess } from '../../core/outcome.ts';
import type { RequestEnd } from '../../core/record.ts';
import { DEFAULT_UPSTREAM } from '../../core/upstream.ts';
import { allInputTokens, type TokenUsage } from '../../core/usage.ts';
import { operationOf, providerOf } from '../gen-ai-names.ts';
import { type Attributes, type AttributeValue, present } from './attributes.ts';
import { countsOf, type GenAiNames } from './names.ts';
import type { TracedRequest } from './traced-request.ts';

export interface SpanOfRequest {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal';
  /** Null: any. */
  readonly spanId: string | null;
  /** Null: a root. */
  readonly parentSpanId: string | null;
  /** From the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/** Nothing went upstream. */
const STAYED: ReadonlySet<string> = new Set(['cached', 'refused']);

/** `content` is what is told of prompt and answer. */
export function spansOf(
  request: TracedRequest,
  names: GenAiNames,
  content: Attributes,
): readonly SpanOfRequest[] {
  const { start, end } = request;
  const operation = operationOf(start.endpoint);
  const server = serverSpan(request);
  const asksCache = end.cacheUse !== null && end.cacheUse !== 'bypass';
  const isInference = operation !== null && end.outcome !== 'refused';
  const inference = isInference ? [inferenceSpan(request, operation, names, content)] : [];
  // Without an inference span the attempts belong to the request itself.
  const parent = inference[0]?.spanId ?? server.spanId;
  const lookup = asksCache ? [lookupSpan(request, parent)] : [];
  return [server, ...inference, ...lookup, ...attemptSpans(request, parent)];
}

function serverSpan({ start, end, trace }: TracedRequest): SpanOfRequest {
  const path = `/${start.protocol}${start.path}`;
  return {
    // A path of an API that we do not know may hold ids: it is no name.
    name: start.endpoint === 'other' ? `${start.method} /${start.protocol}` : `${start.method} ${path}`,
    kind: 'server',
    spanId: trace.serverSpanId,
    parentSpanId: trace.parentSpanId,
    startMs: start.startedAtMs,
    endMs: start.startedAtMs + end.latencyMs,
    attributes: present({
      'http.request.method': start.method,
      'url.path': path,
      'url.scheme': 'http',
      'http.response.status_code': end.status,
      'user_agent.original': start.userAgent,
      'error.type': isFailure(end) ? errorType(end) : null,
      'tokenwatch.request.id': start.id,
      'tokenwatch.app': start.app,
      'tokenwatch.tag': start.tag,
      'tokenwatch.outcome': end.outcome,
      'tokenwatch.refusal': end.outcome === 'refused' ? end.errorCode : null,
    }),
    // A refusal of a client's request is the client's error, not the server's.
    isError: end.status === null ? isFailure(end) : end.status >= 500,
  };
}

function inferenceSpan(
  request: TracedRequest,
  operation: string,
  names: GenAiNames,
  content: Attributes,
): SpanOfRequest {
  const { start, end, trace, begunAfterMs } = request;
  const model = start.modelSent ?? start.modelRequested;
  return {
    name: model === null ? operation : `${operation} ${model}`,
    kind: 'client',
    spanId: trace.clientSpanId,
    parentSpanId: trace.serverSpanId,
    startMs: start.startedAtMs + (begunAfterMs ?? 0),
    endMs: start.startedAtMs + end.latencyMs,
    attributes: present({
      ...inferenceAttributes(request, operation, names),
      'tokenwatch.cache.use': end.cacheUse,
      'tokenwatch.routing.rule': start.routingRule,
      'tokenwatch.experiment': start.experiment,
      'tokenwatch.experiment.variant': start.variant,
      'tokenwatch.model.requested': start.modelSent === null ? null : start.modelRequested,
      ...moneyAttributes(request),
      ...content,
    }),
    isError: isFailure(end),
  };
}

/** What the conventions say of an inference, on its span and in its event. */
export function inferenceAttributes(
  request: TracedRequest,
  operation: string,
  names: GenAiNames,
): Readonly<Record<string, AttributeValue | null>> {
  const { start, end } = request;
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': providerOf(end.upstream, start.protocol),
    'gen_ai.request.model': start.modelSent ?? start.modelRequested,
    'gen_ai.request.stream': start.streamed,
    'gen_ai.request.max_tokens': request.maxOutputTokens,
    ...parameterAttributes(request, names),
    'gen_ai.conversation.id': start.session,
    'gen_ai.response.model': end.modelUsed,
    'gen_ai.response.id': end.responseId,
    'gen_ai.response.finish_reasons': finishReasons(end, operation, names),
    'gen_ai.response.time_to_first_chunk':
      start.streamed && end.timeToFirstByteMs !== null ? end.timeToFirstByteMs / 1000 : null,
    ...serverAttributes(end.upstream),
    'error.type': isFailure(end) ? errorType(end) : null,
    ...usageAttributes(request, names),
  };
}

/** Of what generates nothing there is none. */
const GENERATING: ReadonlySet<string> = new Set(['chat', 'text_completion', 'generate_content']);

function finishReasons(end: RequestEnd, operation: string, names: GenAiNames): string[] | null {
  const isMissing = isFailure(end) && !STAYED.has(end.outcome) && GENERATING.has(operation);
  const reason = end.finishReason ?? (isMissing ? names.noFinishReason : null);
  return reason === null ? null : [reason];
}

function parameterAttributes({ parameters }: TracedRequest, names: GenAiNames): Attributes {
  const told = Object.entries(parameters).map(([name, value]): [string | null, AttributeValue] => [
    names.parameters[name as keyof typeof parameters],
    value,
  ]);
  return Object.fromEntries(told.filter((entry): entry is [string, AttributeValue] => entry[0] !== null));
}

const hasUsage = ({ end, isRepeat }: TracedRequest): boolean =>
  !isRepeat && !STAYED.has(end.outcome) && end.usageSource !== 'none';

/** Unknown figures are left out: a zero would be taken for one. */
function usageAttributes(request: TracedRequest, names: GenAiNames): Attributes {
  if (!hasUsage(request)) return {};
  const { usage } = request.end;
  const counts = countsOf(usage, allInputTokens(usage));
  const spelled = (spellings: readonly string[], tokens: number): Attributes =>
    Object.fromEntries(spellings.map((name) => [name, tokens]));
  return {
    // The conventions' input includes what was cached; providers differ.
    'gen_ai.usage.input_tokens': counts.input,
    'gen_ai.usage.output_tokens': counts.output,
    ...spelled(names.cacheReadTokens, counts.cacheRead),
    ...spelled(names.cacheWriteTokens, counts.cacheWrite),
    ...spelled(names.reasoningTokens, counts.reasoning),
    ...audioAttributes(usage, names),
  };
}

/** Where there was any. */
function audioAttributes(usage: TokenUsage, { audioTokens: names }: GenAiNames): Attributes {
  const { inputAudioTokens, cacheReadAudioTokens: cacheRead, outputAudioTokens: output } = usage;
  if (names === null) return {};
  const told = [
    [names.input, inputAudioTokens + cacheRead],
    [names.cacheRead, cacheRead],
    [names.output, output],
  ] as const;
  return Object.fromEntries(told.filter(([, tokens]) => tokens > 0));
}

function moneyAttributes(request: TracedRequest): Attributes {
  if (!hasUsage(request)) return {};
  const { costNanoUsd, usageSource } = request.end;
  const costUsd = costNanoUsd === null ? null : costNanoUsd / NANO_USD_PER_USD;
  return {
    'tokenwatch.usage.source': usageSource,
    // There is no convention for money; several back ends read the second.
    ...(costUsd !== null && { 'tokenwatch.cost.usd': costUsd, 'gen_ai.usage.cost': costUsd }),
  };
}

function lookupSpan({ start, end, begunAfterMs, sentAfterMs }: TracedRequest, parent: string | null) {
  const doneMs = sentAfterMs ?? end.timeToFirstByteMs ?? end.latencyMs;
  return {
    name: 'cache lookup',
    kind: 'internal',
    spanId: null,
    parentSpanId: parent,
    startMs: start.startedAtMs + (begunAfterMs ?? 0),
    endMs: start.startedAtMs + Math.max(begunAfterMs ?? 0, doneMs),
    attributes: present({ 'tokenwatch.cache.use': end.cacheUse }),
    isError: false,
  } as const;
}

/** One after the other; the last one lasts as long as its answer. */
function attemptSpans(request: TracedRequest, parent: string | null): readonly SpanOfRequest[] {
  const { start, end, sentAfterMs } = request;
  if (sentAfterMs === null || STAYED.has(end.outcome)) return [];
  const endMs = start.startedAtMs + end.latencyMs;
  const attempts = end.attempts ?? [
    {
      upstream: end.upstreamName ?? DEFAULT_UPSTREAM,
      status: isBroken(end) ? null : end.status,
      outcome: isBroken(end) ? end.outcome : 'answered',
      ms: Math.max(0, end.latencyMs - sentAfterMs),
    },
  ];
  let beginMs = start.startedAtMs + sentAfterMs;
  return attempts.map(({ upstream, status, outcome, ms }, index) => {
    const startMs = Math.min(beginMs, endMs);
    beginMs += ms;
    const isLast = index === attempts.length - 1;
    const failed = outcome !== 'answered' || (status ?? 0) >= 400;
    return {
      name: start.method,
      kind: 'client',
      spanId: null,
      parentSpanId: parent,
      startMs,
      endMs: isLast ? endMs : Math.min(beginMs, endMs),
      attributes: present({
        'http.request.method': start.method,
        'http.response.status_code': status,
        'http.request.resend_count': index === 0 ? null : index,
        'error.type': failed ? String(status ?? outcome) : null,
        'tokenwatch.upstream': upstream,
        ...(isLast && serverAttributes(end.upstream)),
      }),
      isError: failed,
    };
  });
}

const isBroken = ({ outcome }: RequestEnd): boolean => outcome === 'unreachable' || outcome === 'timed_out';

const isFailure = ({ outcome }: RequestEnd): boolean => !isSuccess(outcome);

/** Of few values: a status, or a code. */
export function errorType({ status, errorCode, outcome }: RequestEnd): string {
  return errorCode ?? (status !== null && status >= 400 ? String(status) : outcome);
}

export function serverAttributes(upstream: string): Readonly<Record<string, AttributeValue | null>> {
  const url = URL.parse(upstream);
  if (url === null) return {};
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { 'server.address': url.hostname, 'server.port': port };
}
