// A part of a text that is to be replaced.

export type SpanKind = 'SECRET' | 'EMAIL' | 'PHONE' | 'CARD' | 'IBAN' | 'IP';

export interface Span {
  readonly start: number;
  /** The first character behind it. */
  readonly end: number;
  readonly kind: SpanKind;
}

/**
 * In order and apart: those that overlap become one, for half a secret is still one. It is a secret where one of them
 * is, otherwise what the longest of them is.
 */
export function resolveOverlaps(spans: readonly Span[]): Span[] {
  const weight = ({ kind, start, end }: Span): number => (kind === 'SECRET' ? 1e9 : 0) + end - start;
  const apart: Span[] = [];
  let heaviest = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const before = apart.at(-1);
    if (before === undefined || span.start >= before.end) {
      apart.push(span);
      heaviest = weight(span);
      continue;
    }
    const kind = weight(span) > heaviest ? span.kind : before.kind;
    heaviest = Math.max(heaviest, weight(span));
    apart[apart.length - 1] = { start: before.start, end: Math.max(before.end, span.end), kind };
  }
  return apart;
}
