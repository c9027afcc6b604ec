// Reads the JSON documents that clients send: what is missing, of the wrong kind or unknown is said by its name.

import { isUtf8 } from 'node:buffer';
import { TokenWatchError } from '../core/errors.ts';

export type Document = Readonly<Record<string, unknown>>;

export function readDocument(body: Buffer): Document {
  if (!isUtf8(body)) throw invalid('The body is not UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw invalid(`The body is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`);
  }
  if (isObject(value)) return value;
  throw invalid('The body is no JSON object.');
}

/** Throws where the document has a field that is not among `known`: a typing mistake must not pass as a default. */
export function assertFields(document: Document, known: readonly string[]): void {
  const unknown = Object.keys(document).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`There is no field "${unknown}", only ${known.join(', ')}.`);
}

export function textField(document: Document, name: string): string {
  const text = optionalText(document, name);
  if (text !== null) return text;
  throw invalid(`The field "${name}" is missing: a text.`);
}

/** Null where the field is absent or null. */
export function optionalText(document: Document, name: string): string | null {
  const value = document[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw wrong(name, value, 'a text');
}

export function choiceField<const T extends string>(
  document: Document,
  name: string,
  choices: readonly T[],
  standard: T,
): T {
  const text = optionalText(document, name);
  if (text === null) return standard;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw wrong(name, text, `one of ${choices.join(', ')}`);
}

export function numberField(document: Document, name: string, standard: number): number {
  const value = document[name];
  if (value === undefined || value === null) return standard;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(name, value, 'a number');
}

export function wholeNumberField(document: Document, name: string, standard: number): number {
  const value = numberField(document, name, standard);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 999_999_999) return value;
  throw wrong(name, value, 'a whole number from 0 to 999999999');
}

export function flagField(document: Document, name: string, standard: boolean): boolean {
  const value = document[name];
  if (value === undefined || value === null) return standard;
  if (typeof value === 'boolean') return value;
  throw wrong(name, value, 'true or false');
}

export function listField(document: Document, name: string): readonly Document[] {
  const value = document[name];
  if (!Array.isArray(value) || !value.every(isObject)) throw wrong(name, value, 'a list of objects');
  return value;
}

export function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wrong(name: string, value: unknown, form: string): TokenWatchError {
  if (value === undefined) return invalid(`The field "${name}" is missing: ${form}.`);
  return invalid(`The field "${name}" is ${JSON.stringify(value).slice(0, 200)}, and not ${form}.`);
}

const invalid = (message: string): TokenWatchError => new TokenWatchError('invalid_argument', message);
