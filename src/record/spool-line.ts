// A line of the spool: a request's start, or its start and its end. JSON lists instead of objects: names would be more
// than half of what is written and read for every request.
//
// A new field goes to the end of its list: a line that an earlier version wrote has not got it, and its record has
// null.

import type { RequestEnd, RequestStart } from '../core/record.ts';
import type { TokenUsage } from '../core/usage.ts';

export type SpoolLine =
  | { readonly start: RequestStart }
  | { readonly start: RequestStart; readonly end: RequestEnd };

/** How lines begin: they tell the request's id without being parsed. */
const START_LINE = '["start",["';
const END_LINE = '["end",["';

/** A start as it stands in lines. */
export function startText(start: RequestStart): string {
  return JSON.stringify(startValues(start));
}

export function startLine(startText: string): string {
  return `["start",${startText}]`;
}

/** Holds the start again: a line that is lost costs nothing but itself. */
export function endLine(startText: string, end: RequestEnd): string {
  return `["end",${startText},${JSON.stringify(endValues(end))}]`;
}

/** Lines that are worth reading: not the starts of requests whose ends are among them. */
export function withoutEnded(lines: readonly string[]): readonly string[] {
  const ended = new Set<string>();
  for (const line of lines) {
    // Half an end, from a write that failed, must not hide its start.
    if (line.startsWith(END_LINE) && line.endsWith(']]')) ended.add(idAt(line, END_LINE));
  }
  return lines.filter((line) => !line.startsWith(START_LINE) || !ended.has(idAt(line, START_LINE)));
}

/** The id of the request that a line is of, without reading it; null for what is no line of a spool. */
export function idOf(line: string): string | null {
  for (const beginning of [END_LINE, START_LINE])
    if (line.startsWith(beginning)) return idAt(line, beginning);
  return null;
}

function idAt(line: string, beginning: string): string {
  return line.slice(beginning.length, line.indexOf('"', beginning.length));
}

/** Null for what is no line of a spool, such as half of one. */
export function readLine(text: string): SpoolLine | null {
  try {
    const [kind, start, end] = JSON.parse(text) as [unknown, StartValues, EndValues];
    if (typeof start[0] !== 'string') return null;
    if (kind === 'start') return { start: startOf(start) };
    return kind === 'end' ? { start: startOf(start), end: endOf(end) } : null;
  } catch {
    // A write that failed, or a process that died in it. The caller counts these.
    return null;
  }
}

type StartValues = ReturnType<typeof startValues>;
type EndValues = ReturnType<typeof endValues>;
type UsageValues = ReturnType<typeof usageValues>;

function startValues(start: RequestStart) {
  return [
    start.id,
    start.startedAtMs,
    start.protocol,
    start.endpoint,
    start.method,
    start.path,
    start.modelRequested,
    start.modelSent,
    start.routingRule,
    start.experiment,
    start.variant,
    start.upstream,
    start.upstreamName,
    start.streamed,
    start.app,
    start.userAgent,
    start.session,
    start.tag,
    start.reservedNanoUsd,
    start.reservedAtMs,
    start.unplanned,
    start.user,
    start.accessKey,
    start.paidModel,
  ] as const;
}

function startOf(values: StartValues): RequestStart {
  const [
    id,
    startedAtMs,
    protocol,
    endpoint,
    method,
    path,
    modelRequested,
    modelSent,
    routingRule,
    experiment,
    variant,
    upstream,
    upstreamName,
    streamed,
    app,
    userAgent,
    session,
    tag,
    reservedNanoUsd,
    reservedAtMs,
    unplanned,
    user,
    accessKey,
    paidModel,
  ] = values;
  return {
    id,
    startedAtMs,
    protocol,
    endpoint,
    method,
    path,
    modelRequested,
    modelSent,
    routingRule,
    experiment,
    variant,
    upstream,
    upstreamName,
    streamed,
    app,
    userAgent,
    session,
    tag,
    reservedNanoUsd,
    reservedAtMs,
    unplanned: unplanned ?? null,
    user: user ?? null,
    accessKey: accessKey ?? null,
    ...(typeof paidModel === 'string' && { paidModel }),
  };
}

function endValues(end: RequestEnd) {
  return [
    end.upstream,
    end.upstreamName,
    end.attempts,
    end.outcome,
    end.status,
    end.errorCode,
    end.upstreamRequestId,
    end.responseId,
    end.modelUsed,
    end.finishReason,
    end.timeToFirstByteMs,
    end.latencyMs,
    end.requestBytes,
    end.responseBytes,
    usageValues(end.usage),
    end.usageSource,
    end.runs,
    end.serviceTier,
    end.costNanoUsd,
    end.reportedCostNanoUsd,
    end.priceSource,
    end.cacheUse,
    end.savedNanoUsd,
    end.billingKey,
    end.listCostNanoUsd,
    end.costDoubt,
    end.promptCacheSavedNanoUsd,
  ] as const;
}

function endOf(values: EndValues): RequestEnd {
  const [
    upstream,
    upstreamName,
    attempts,
    outcome,
    status,
    errorCode,
    upstreamRequestId,
    responseId,
    modelUsed,
    finishReason,
    timeToFirstByteMs,
    latencyMs,
    requestBytes,
    responseBytes,
    usage,
    usageSource,
    runs,
    serviceTier,
    costNanoUsd,
    reportedCostNanoUsd,
    priceSource,
    cacheUse,
    savedNanoUsd,
    billingKey,
    listCostNanoUsd,
    costDoubt,
    promptCacheSavedNanoUsd,
  ] = values;
  return {
    upstream,
    upstreamName,
    attempts,
    outcome,
    status,
    errorCode,
    upstreamRequestId,
    responseId,
    modelUsed,
    finishReason,
    timeToFirstByteMs,
    latencyMs,
    requestBytes,
    responseBytes,
    usage: usageOf(usage),
    usageSource,
    runs,
    serviceTier,
    costNanoUsd,
    reportedCostNanoUsd,
    priceSource,
    cacheUse,
    savedNanoUsd,
    billingKey,
    listCostNanoUsd: listCostNanoUsd ?? null,
    costDoubt: costDoubt ?? null,
    promptCacheSavedNanoUsd: promptCacheSavedNanoUsd ?? null,
  };
}

function usageValues(usage: TokenUsage) {
  return [
    usage.inputTokens,
    usage.cacheReadTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    usage.inputAudioTokens,
    usage.cacheReadAudioTokens,
    usage.outputAudioTokens,
    usage.webSearches,
  ] as const;
}

function usageOf(values: UsageValues): TokenUsage {
  const [
    inputTokens,
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens,
    outputTokens,
    reasoningTokens,
    inputAudioTokens,
    cacheReadAudioTokens,
    outputAudioTokens,
    webSearches,
  ] = values;
  return {
    inputTokens,
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens,
    outputTokens,
    reasoningTokens,
    inputAudioTokens,
    cacheReadAudioTokens,
    outputAudioTokens,
    webSearches,
  };
}
