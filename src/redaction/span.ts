// A part of a text that is to be replaced.

export type SpanKind = 'SECRET' | 'EMAIL' | 'PHONE' | 'CARD' | 'IBAN' | 'IP';

export interface Span {
  readonly start: number;
  /** The first character behind it. */
  readonly end: number;
  readonly kind: SpanKind;
}

/** In order and apart: of two that overlap secrets win, then the longer one. */
export function resolveOverlaps(spans: readonly Span[]): Span[] {
  if (spans.length < 2) return [...spans];
  const weight = (span: Span): number => (span.kind === 'SECRET' ? 1e9 : 0) + span.end - span.start;
  const kept: Span[] = [];
  for (const span of [...spans].sort((a, b) => weight(b) - weight(a))) {
    const rival = kept.findIndex((other) => span.start < other.end && other.start < span.end);
    if (rival === -1) kept.push(span);
    else {
      // What sticks out of the winner is hidden with it: half a secret is still one.
      const winner = kept[rival] as Span;
      const start = Math.min(winner.start, span.start);
      const end = Math.max(winner.end, span.end);
      kept[rival] = { kind: winner.kind, start, end };
    }
  }
  const ordered = kept.sort((a, b) => a.start - b.start);
  // Growing may have made neighbours meet.
  return ordered.some((span, index) => index > 0 && span.start < (ordered[index - 1]?.end ?? 0))
    ? resolveOverlaps(ordered)
    : ordered;
}
