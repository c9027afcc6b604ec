// How the standard variables of OpenTelemetry are read. What cannot be read is refused by the name that was set.

import { TokenWatchError } from '../../core/errors.ts';
import { withoutCredentials } from '../../core/without-credentials.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set, and what to. An empty one counts as not set. */
export interface Variable {
  readonly name: string;
  readonly text: string;
}

/** The first of these that is set. */
export function firstOf(environment: Environment, ...names: readonly string[]): Variable | null {
  for (const name of names) {
    const text = environment[name];
    if (text) return { name, text };
  }
  return null;
}

export function wordOf<Word extends string>(
  variable: Variable | null,
  words: readonly Word[],
  standard: Word,
): Word {
  if (variable === null) return standard;
  const word = words.find((each) => each === variable.text.toLowerCase());
  return word ?? refuse(variable.name, variable.text, anyOf(words));
}

export function flagOf(variable: Variable | null, standard: boolean): boolean {
  return wordOf(variable, ['true', 'false'], standard ? 'true' : 'false') === 'true';
}

export function numberOf(variable: Variable | null, standard: number): number {
  if (variable === null) return standard;
  const { name, text } = variable;
  return /^\d{1,9}$/.test(text) && Number(text) > 0
    ? Number(text)
    : refuse(name, text, 'a whole number above 0');
}

export const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').flatMap((word) => word.trim() || []);

/** `key=value,key=value`, with percent-encoded values. The value may be a secret: it is in no message. */
export function pairsOf(variable: Variable | null): Record<string, string> {
  if (variable === null) return {};
  const pairs = listOf(variable.text).map((word): [string, string] => {
    const at = word.indexOf('=');
    if (at < 1) refuse(variable.name, '…', 'a list of key=value');
    return [word.slice(0, at).trim(), decoded(word.slice(at + 1).trim())];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign stands for itself.
    return text;
  }
}

/** `grpc, http or none`. */
export const anyOf = (words: readonly string[]): string =>
  `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

export function refuse(name: string, text: string, form: string): never {
  throw new TokenWatchError('invalid_setting', `${name}="${withoutCredentials(text)}" is not ${form}.`);
}
