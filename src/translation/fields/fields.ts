// Reads one JSON object of a request field by field, and refuses by its path whatever the reader did not take.
// Null is "not given" everywhere: both APIs treat it so.

import { TokenWatchError } from '../../core/errors.ts';
import { asObject, type JsonObject } from '../../protocols/json/json-value.ts';

export function notTranslatable(path: string, why: string): TokenWatchError {
  return new TokenWatchError(
    'not_translatable',
    `${path} cannot be translated to the other API: ${why}. Leave it out, or keep the rule that sent this request to a model of the other API from matching it.`,
  );
}

export class Fields {
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #untaken: Set<string>;

  constructor(value: unknown, path: string) {
    const object = asObject(value);
    if (object === null) throw notTranslatable(path === '' ? 'The body' : path, 'it is not a JSON object');
    this.#object = object;
    this.#path = path;
    this.#untaken = new Set(Object.keys(object).filter((name) => isGiven(object[name])));
  }

  /** As it came. */
  get object(): JsonObject {
    return this.#object;
  }

  at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  /** Undefined where it is not given. */
  take(name: string): unknown {
    this.#untaken.delete(name);
    return this.#object[name] ?? undefined;
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'string') return value;
    throw notTranslatable(this.at(name), 'it is not a text');
  }

  requiredText(name: string): string {
    return this.text(name) ?? this.refuse(name, 'it is missing');
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.take(name);
    if (value === undefined || Array.isArray(value)) return value;
    throw notTranslatable(this.at(name), 'it is not a list');
  }

  flag(name: string): boolean {
    const value = this.take(name) ?? false;
    if (typeof value === 'boolean') return value;
    throw notTranslatable(this.at(name), 'it is neither true nor false');
  }

  /** A nested object that must be read to its end by the caller; undefined where it is not given. */
  fields(name: string): Fields | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : new Fields(value, this.at(name));
  }

  /** For what changes no answer. */
  leaveOut(...names: readonly string[]): void {
    for (const name of names) this.#untaken.delete(name);
  }

  /** Refuses the field unless it has one of the values that say no more than its absence. */
  refuseUnless(name: string, why: string, ...neutral: readonly unknown[]): void {
    const value = this.take(name);
    if (value === undefined || neutral.some((one) => isSame(one, value))) return;
    throw notTranslatable(this.at(name), why);
  }

  refuse(name: string, why: string): never {
    throw notTranslatable(this.at(name), why);
  }

  /** Call when all that can be expressed was taken. */
  end(): void {
    const [name] = this.#untaken;
    if (name !== undefined)
      this.refuse(name, 'the other API has nothing like it, or TokenWatch does not know it');
  }
}

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

export function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
