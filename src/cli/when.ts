// Points in time as people write them on a command line.

import { TokenWatchError } from '../core/errors.ts';
import type { CommandContext } from './command.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

export const WHEN_WORDS = 'a date (2026-11-25, 2026-11-25T10:00Z) or how long ago (30m, 12h, 7d, 2w)';

/** The moment that an option names; undefined where it was not given. Throws `invalid_argument`. */
export function whenOf(context: CommandContext, option: string, nowMs: number): number | undefined {
  const text = context.options[option];
  if (typeof text !== 'string') return undefined;
  const ms = parseWhen(text, nowMs);
  if (ms !== undefined) return ms;
  throw new TokenWatchError('invalid_argument', `--${option} "${text}" is not ${WHEN_WORDS}.`);
}

/** A date without a time begins at midnight, one without a zone is of this machine's. */
export function parseWhen(text: string, nowMs: number): number | undefined {
  const ago = /^(\d{1,5})([mhdw])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0);
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text))
    return undefined;
  const ms = Date.parse(text.includes('T') ? text : `${text}T00:00`);
  return Number.isNaN(ms) ? undefined : ms;
}
