// W3C trace context: the client's is continued, and the upstream gets ours. The ids follow from the request's own id, so
// that whoever knows the request knows its spans, and nothing has to be kept for it.

import type { IncomingHttpHeaders } from 'node:http';

export interface TraceContext {
  readonly traceId: string;
  /** The client's span; null where it sent none. */
  readonly parentSpanId: string | null;
  /** The spans of what the client asked, and of what the upstream was asked. */
  readonly serverSpanId: string;
  readonly clientSpanId: string;
  readonly isSampled: boolean;
}

/** Decides by the trace, so that all who see it decide alike. */
export interface Sampling {
  /** Whether the client's own decision stands. */
  readonly followsParent: boolean;
  /** The share of traces, from 0 to 1. */
  readonly share: number;
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** `requestId` is a UUIDv7. A header that is none is as good as absent. */
export function traceContext(
  requestId: string,
  headers: IncomingHttpHeaders | null,
  sampling: Sampling,
): TraceContext {
  const own = requestId.replaceAll('-', '');
  const parent = parentOf(headers?.traceparent);
  const traceId = parent?.traceId ?? own;
  const serverSpanId = own.slice(16);
  return {
    traceId,
    parentSpanId: parent?.spanId ?? null,
    serverSpanId,
    // The first digit of a UUID's second half is one of 8 to b: with another one, it is no request's own.
    clientSpanId: `4${serverSpanId.slice(1)}`,
    isSampled:
      parent !== null && sampling.followsParent ? parent.isSampled : isWithin(traceId, sampling.share),
  };
}

/** For the upstream. */
export function traceparentOf({ traceId, clientSpanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${clientSpanId}-${isSampled ? '01' : '00'}`;
}

function parentOf(
  header: string | string[] | undefined,
): { readonly traceId: string; readonly spanId: string; readonly isSampled: boolean } | null {
  const match = TRACEPARENT.exec(String(header ?? '').trim());
  const [, version, traceId = NO_TRACE, spanId = NO_SPAN, flags = '', rest] = match ?? [];
  // A later version may say more behind what this one knows; version 00 may not.
  if (match === null || version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** By the last 7 bytes, which are random by the standard. */
function isWithin(traceId: string, share: number): boolean {
  if (share >= 1) return true;
  return Number.parseInt(traceId.slice(-13), 16) / 16 ** 13 < share;
}
