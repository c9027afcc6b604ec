// Says what is wrong with what a client sent, by the name and the value of the part, and which form is accepted.

import type { z } from 'zod';
import { TokenWatchError } from '../core/errors.ts';

/** Parameters of a query are texts; fields of a document are JSON. */
export type Kind = 'parameter' | 'field';

const FORMS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const SHOWN_CHARACTERS = 200;

/** What schemas do not word themselves. */
export function acceptedForm(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') return FORMS[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  return 'of the form that is accepted';
}

/** The first fault of a document or a query, as an error. */
export function refusal(
  issue: z.core.$ZodIssue,
  given: unknown,
  known: readonly string[],
  kind: Kind,
): TokenWatchError {
  const name = nameOf(issue.path);
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  if (unknown !== undefined && name !== '')
    return invalid(`The field "${name}" has a part "${unknown}", which is not known.`);
  if (unknown !== undefined) {
    const others = known.length === 0 ? 'nor any other here' : `only ${known.join(', ')}`;
    return invalid(`There is no ${kind} "${unknown}", ${others}.`);
  }
  const value = valueAt(given, issue.path);
  const form = issue.message;
  if (kind === 'parameter')
    return invalid(
      value === undefined ? `${name} is missing: ${form}.` : `${name}="${value}" is not ${form}.`,
    );
  if (value === undefined) return invalid(`The field "${name}" is missing: ${form}.`);
  return invalid(
    `The field "${name}" is ${JSON.stringify(value).slice(0, SHOWN_CHARACTERS)}, and not ${form}.`,
  );
}

/** `conditions[0].type` */
function nameOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[part],
    given,
  );
}

export const invalid = (message: string): TokenWatchError => new TokenWatchError('invalid_argument', message);

export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): TokenWatchError {
  const allow = allowed.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])).join(', ');
  return new TokenWatchError(
    'method_not_allowed',
    `${method} is not known at ${path}, only ${allowed.join(', ')}.`,
    { headers: { allow } },
  );
}
