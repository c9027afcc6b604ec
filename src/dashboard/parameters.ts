// The parameters behind a path's question mark, each read and refused by its name.

import { FILTER_NAMES, type RequestFilter } from '../core/analytics.ts';
import { TokenWatchError } from '../core/errors.ts';

export function readFilter(parameters: URLSearchParams): RequestFilter {
  return Object.fromEntries(
    FILTER_NAMES.flatMap((name) => {
      const value = parameters.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );
}

export function oneOf<T extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly T[],
  standard: T,
): T {
  const given = parameters.get(name);
  if (given === null) return standard;
  const found = choices.find((choice) => choice === given);
  if (found !== undefined) return found;
  throw new TokenWatchError('invalid_argument', `${name}="${given}" is not one of ${choices.join(', ')}.`);
}

export function wholeNumber(
  parameters: URLSearchParams,
  name: string,
  standard: number,
  max: number,
): number {
  const given = parameters.get(name);
  if (given === null) return standard;
  if (/^\d{1,6}$/.test(given) && Number(given) >= 1 && Number(given) <= max) return Number(given);
  throw new TokenWatchError('invalid_argument', `${name}="${given}" is not a whole number from 1 to ${max}.`);
}
