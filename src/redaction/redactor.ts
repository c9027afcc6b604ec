// Takes secrets and personal data out of what is about to be written: texts, and JSON with its structure kept. Pure;
// live traffic never passes here.

import { type Area, blankAreas, blanked, isInside } from './blank-areas.ts';
import { isRawNumber, parseExactly } from './exact-json.ts';
import { STAND_IN, type StandIns } from './numbering.ts';
import { findPersonal } from './personal/find-personal.ts';
import { plainCopy } from './plain-copy.ts';
import { SecretFinder } from './secret-finder.ts';
import { isSecretField } from './secret-key.ts';
import { resolveOverlaps, type Span } from './span.ts';

/** Looking took longer than allowed: what was looked at must not be written. */
export class RedactionOverBudget extends Error {
  override readonly name = 'RedactionOverBudget';
}

export interface RedactorOptions {
  /** What it has taken so far: of the processor, best; by the clock, a busy machine's delays would count. */
  readonly spentMs: () => number;
  /** For one document or text. */
  readonly budgetMs: number;
}

/** JSON in a string in JSON …: deeper strings are read as plain text. */
const NESTING_MAX = 8;
/** A longer value under a telling name is looked at by itself. */
const NAMED_VALUE_MAX = 1000;
const DEPTH_MAX = 500;

export class Redactor {
  readonly #secrets = new SecretFinder();
  readonly #options: RedactorOptions;

  constructor(options: RedactorOptions) {
    this.#options = options;
  }

  /** A copy of a JSON value without secrets and personal data; the value itself where it holds none. */
  redact<T>(value: T, standIns: StandIns): T {
    return new Walk(this.#secrets, standIns, this.#options).value(value, null, 0, 0) as T;
  }

  /** A text, which may be JSON. */
  redactText(text: string, standIns: StandIns): string {
    return new Walk(this.#secrets, standIns, this.#options).text(text, null, 0);
  }

  /** Where a text's own parts are, before anything stands in for them. */
  find(text: string): readonly Span[] {
    return new Walk(this.#secrets, null, this.#options).spans(text, null);
  }
}

class Walk {
  readonly #secrets: SecretFinder;
  readonly #standIns: StandIns | null;
  readonly #spentMs: () => number;
  readonly #endMs: number;

  constructor(secrets: SecretFinder, standIns: StandIns | null, options: RedactorOptions) {
    this.#secrets = secrets;
    this.#standIns = standIns;
    this.#spentMs = options.spentMs;
    this.#endMs = options.spentMs() + options.budgetMs;
  }

  value(value: unknown, name: string | null, depth: number, nesting: number): unknown {
    if (typeof value === 'string') return this.text(value, name, nesting);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > DEPTH_MAX) throw new RedactionOverBudget(`JSON nested deeper than ${DEPTH_MAX}`);
    if (Array.isArray(value)) {
      // A list under a secret's name holds secrets.
      const items = value.map((item) => this.value(item, name, depth + 1, nesting));
      return items.some((item, index) => item !== value[index]) ? items : value;
    }
    if (isRawNumber(value)) return value;
    return this.#object(value as Record<string, unknown>, depth, nesting);
  }

  #object(object: Record<string, unknown>, depth: number, nesting: number): unknown {
    let changed = false;
    const entries = Object.entries(object).map(([name, value]): [string, unknown] => {
      // `{"name": "DB_PASSWORD", "value": "…"}` names its value in another field.
      const told = name === 'value' ? (nameInside(object) ?? name) : name;
      const kept = this.value(value, told, depth + 1, nesting);
      const keptName = this.text(name, null, NESTING_MAX);
      changed ||= kept !== value || keptName !== name;
      return [keptName, kept];
    });
    return changed ? Object.fromEntries(entries) : object;
  }

  text(text: string, name: string | null, nesting: number): string {
    this.#pace();
    if (name !== null && isSecretField(name, text)) return this.#standIn('SECRET', text);
    const inner = nesting < NESTING_MAX ? parseInner(text) : undefined;
    if (inner !== undefined) {
      const kept = this.value(inner, name, 0, nesting + 1);
      return kept === inner ? text : JSON.stringify(kept);
    }
    const spans = this.spans(text, name);
    if (spans.length === 0) return text;
    let result = '';
    let from = 0;
    for (const { start, end, kind } of spans) {
      result += text.slice(from, start) + this.#standIn(kind, text.slice(start, end));
      from = end;
    }
    return result + text.slice(from);
  }

  spans(text: string, name: string | null): readonly Span[] {
    if (text.length < 6) return [];
    const copy = plainCopy(text);
    const areas = blankAreas(copy.text);
    const pace = (): void => this.#pace();
    const found: Span[] = [
      ...this.#secrets.find(copy.text, (at) => isInside(areas, at), pace),
      ...findPersonal(blanked(copy.text, areas)),
    ];
    if (name !== null && text.length <= NAMED_VALUE_MAX && this.#secrets.isTelling(name)) {
      const before = `${name} = "`;
      const shifted = this.#secrets.find(`${before}${copy.text}"`, () => false, pace);
      for (const { start, end, kind } of shifted) {
        const inside = {
          start: Math.max(0, start - before.length),
          end: Math.min(copy.text.length, end - before.length),
        };
        if (inside.end > inside.start) found.push({ ...inside, kind });
      }
    }
    const placed = outside(found, standInsIn(copy.text)).map(({ start, end, kind }) => ({
      start: copy.placeOf(start),
      end: copy.placeOf(end - 1) + 1,
      kind,
    }));
    return resolveOverlaps(placed);
  }

  #standIn(kind: Span['kind'], value: string): string {
    return this.#standIns?.standIn(kind, value) ?? `[${kind}]`;
  }

  #pace(): void {
    if (this.#spentMs() > this.#endMs) throw new RedactionOverBudget('the time for one item is over');
  }
}

function nameInside(object: Readonly<Record<string, unknown>>): string | null {
  const name = object.name ?? object.key;
  return typeof name === 'string' && name.length <= 100 ? name : null;
}

/** Undefined for what is no JSON object or list. */
function parseInner(text: string): unknown {
  if (!/^\s*[[{]/.test(text) || !/[\]}]\s*$/.test(text)) return undefined;
  try {
    return parseExactly(text);
  } catch {
    // A text that only looks like JSON is a text.
    return undefined;
  }
}

/** What stands for a value already, in order. */
function standInsIn(text: string): readonly Area[] {
  return [...text.matchAll(STAND_IN)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
  }));
}

/** What of them lies in none of the areas, which are in order and apart: a secret may have a stand-in in its middle. */
function outside(spans: readonly Span[], areas: readonly Area[]): readonly Span[] {
  if (areas.length === 0) return spans;
  const left: Span[] = [];
  let next = 0;
  for (const { start, end, kind } of spans.toSorted((a, b) => a.start - b.start)) {
    while (next < areas.length && (areas[next] as Area).end <= start) next += 1;
    let from = start;
    for (let at = next; from < end; at += 1) {
      const area = areas[at];
      const until = Math.min(end, area?.start ?? end);
      if (until > from) left.push({ start: from, end: until, kind });
      from = area === undefined ? end : area.end;
    }
  }
  return left;
}
