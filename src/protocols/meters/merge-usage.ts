// Lays a later usage object of a stream over an earlier one.

import { asObject, type JsonObject } from '../json/json-value.ts';
import { asFigure } from './figure.ts';

const DEPTH_MAX = 4;
/** No usage has so many members: an object that has is none. */
const MEMBERS_MAX = 500;

/**
 * Figures are running totals and may be corrected. A zero, a null or what is no figure is no news: some servers fill
 * with them what they told before.
 */
export function mergeUsage(earlier: JsonObject | null, later: JsonObject, depth = 0): JsonObject {
  const names = Object.keys(later);
  if (names.length > MEMBERS_MAX) return earlier ?? {};
  if (earlier === null) return later;
  const merged: Record<string, unknown> = { ...earlier };
  for (const name of names) {
    const value = later[name];
    const before = earlier[name];
    const part = asObject(value);
    if (part !== null && depth < DEPTH_MAX) merged[name] = mergeUsage(asObject(before), part, depth + 1);
    else if (isNews(value, before)) merged[name] = value;
  }
  return merged;
}

function isNews(value: unknown, before: unknown): boolean {
  if (value === null || value === undefined) return false;
  const known = asFigure(before);
  if (known === null || known === 0) return true;
  return (asFigure(value) ?? 0) > 0;
}
