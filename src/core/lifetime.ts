// How long something lasts, as people write it: `30m`, `2h`, `7d`.

const MS_PER_UNIT: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A number with a unit, seconds without one; undefined for what is none, or longer. */
export function parseLifetimeMs(text: string, msMax = 30 * 86_400_000): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text);
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * (MS_PER_UNIT[match[2] ?? 's'] ?? 1000));
  return ms >= 1 && ms <= msMax ? ms : undefined;
}
