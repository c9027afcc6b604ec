// Which recorded call answers an incoming one: the first of the same request that has not answered yet. Where none
// does, the nearest one and what differs.

import type { ProtocolName } from '../core/protocol.ts';
import { type Difference, jsonDifferences } from './json-difference.ts';
import type { Body, RecordedCall } from './recording.ts';

export interface IncomingCall {
  readonly api: ProtocolName;
  readonly method: string;
  readonly path: string;
  /** As it would be written. */
  readonly request: Body;
}

export interface Ignored {
  /** `metadata`, `messages[*].id`: fields that may differ, with all that is in them. */
  readonly fields: readonly string[];
  /** Parts of texts that may differ. */
  readonly texts: readonly RegExp[];
}

export interface Miss {
  /** Null where nothing of this API and path was recorded. */
  readonly nearest: RecordedCall | null;
  readonly differences: readonly Difference[];
  /** How often the very same request was recorded: all of them have answered. */
  readonly recordedTimes: number;
}

/** Who runs it, and counters of the client: never what is asked. */
const ALWAYS_IGNORED: readonly string[] = ['metadata', 'user', 'safety_identifier', 'prompt_cache_key'];

export class CallMatch {
  readonly #ignored: Ignored;
  readonly #left = new Map<string, RecordedCall[]>();
  readonly #all: readonly RecordedCall[];

  constructor(calls: readonly RecordedCall[], ignored: Ignored) {
    this.#ignored = { ...ignored, fields: [...ALWAYS_IGNORED, ...ignored.fields] };
    this.#all = calls;
    for (const call of calls) {
      const key = this.#keyOf(call);
      const same = this.#left.get(key);
      if (same === undefined) this.#left.set(key, [call]);
      else same.push(call);
    }
  }

  /** Recorded calls that were not asked. */
  get unasked(): readonly RecordedCall[] {
    return [...this.#left.values()].flat();
  }

  take(call: IncomingCall): RecordedCall | Miss {
    const key = this.#keyOf(call);
    return this.#left.get(key)?.shift() ?? this.#miss(call, key);
  }

  #miss(call: IncomingCall, key: string): Miss {
    const alike = this.#all.filter(
      ({ api, method, path }) => api === call.api && method === call.method && path === call.path,
    );
    const now = this.#comparable(call.request);
    const [nearest] = alike
      .map((recorded) => ({
        recorded,
        differences: jsonDifferences(this.#comparable(recorded.request), now),
      }))
      .toSorted((a, b) => weight(a.differences) - weight(b.differences));
    return {
      nearest: nearest?.recorded ?? null,
      differences: nearest?.differences ?? [],
      recordedTimes:
        this.#left.get(key) === undefined ? 0 : alike.filter((each) => this.#keyOf(each) === key).length,
    };
  }

  #keyOf({ api, method, path, request }: IncomingCall): string {
    return JSON.stringify([api, method, path, sorted(this.#comparable(request))]);
  }

  #comparable(body: Body): unknown {
    const value =
      'json' in body ? body.json : 'text' in body ? body.text : 'base64' in body ? body.base64 : null;
    const { fields, texts } = this.#ignored;
    const patterns = fields.map(fieldPattern);
    return without(value, '', patterns, texts);
  }
}

/** A difference of whole turns weighs more than one inside of a text. */
function weight(differences: readonly Difference[]): number {
  return differences.reduce(
    (sum, { was, is }) =>
      sum + (typeof was === typeof is ? 1 : 1 + JSON.stringify(was ?? is ?? '').length / 100),
    0,
  );
}

function fieldPattern(field: string): RegExp {
  return new RegExp(`^${RegExp.escape(field).replaceAll('\\*', '[^.\\[\\]]*')}$`);
}

function without(value: unknown, path: string, fields: readonly RegExp[], texts: readonly RegExp[]): unknown {
  if (typeof value === 'string') return texts.reduce((text, pattern) => text.replace(pattern, '…'), value);
  if (Array.isArray(value))
    return value.map((item, index) => {
      const place = `${path}[${index}]`;
      return fields.some((pattern) => pattern.test(place)) ? null : without(item, place, fields, texts);
    });
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const place = path === '' ? name : `${path}.${name}`;
      return fields.some((pattern) => pattern.test(place))
        ? []
        : [[name, without(inner, place, fields, texts)]];
    }),
  );
}

/** Fields in another order are the same request. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
