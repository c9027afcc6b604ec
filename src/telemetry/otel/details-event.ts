// The event that tells one inference, with its content where the operator wants it in events rather than on spans.

import { SeverityNumber, type SpanContext } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { operationOf } from '../gen-ai-names.ts';
import { type Attributes, present } from './attributes.ts';
import type { GenAiNames } from './names.ts';
import { inferenceAttributes } from './spans.ts';
import type { TracedRequest } from './traced-request.ts';

export interface DetailsEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: ReadableLogRecord['attributes'];
}

export const SEVERITY = SeverityNumber.INFO;

/** Null for what is no inference, or was refused. */
export function detailsEvent(
  request: TracedRequest,
  names: GenAiNames,
  content: Attributes,
): DetailsEvent | null {
  const { start, end } = request;
  const operation = operationOf(start.endpoint);
  if (operation === null || end.outcome === 'refused') return null;
  return {
    name: names.details,
    atMs: start.startedAtMs + end.latencyMs,
    attributes: { ...present(inferenceAttributes(request, operation, names)), ...structured(content) },
  };
}

/** Where it belongs: to the span of the inference. */
export function eventContext({ trace }: TracedRequest, traceFlags: number): SpanContext {
  return { traceId: trace.traceId, spanId: trace.clientSpanId, traceFlags };
}

/** Spans hold messages as JSON text, events as they are. */
function structured(content: Attributes): ReadableLogRecord['attributes'] {
  return Object.fromEntries(
    Object.entries(content).map(([name, value]) => [
      name,
      name.startsWith('gen_ai.') && typeof value === 'string' ? JSON.parse(value) : value,
    ]),
  );
}
