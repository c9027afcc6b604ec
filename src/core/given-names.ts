// The names that users give and use where they set something.

import { TokenWatchError } from './errors.ts';

/** Of a rule, an A/B test, an upstream or an access key. */
export const RULE_NAME = /^[A-Za-z0-9][\w.:/-]{0,63}$/;

/** A model's, or a pattern of it: what a header may hold, but for the comma, which stands between several. */
export const MODEL_NAME = /^[\x21-\x2b\x2d-\x7e]{1,200}$/;

/** A list would be taken for the name of a model that no request ever has. Throws `invalid_argument`. */
export function checkOneModel(part: string, model: string): void {
  if (!model.includes(',')) return;
  throw new TokenWatchError(
    'invalid_argument',
    `${part} "${model}" is a list, and there is place for one model, or a pattern such as claude-*. Say it once for each.`,
  );
}

/** Throws `invalid_argument`. */
export function checkRuleName(name: string): void {
  if (RULE_NAME.test(name)) return;
  throw new TokenWatchError(
    'invalid_argument',
    `name "${name}" is not 1 to 64 letters, digits or any of . : / _ - that begin with a letter or digit.`,
  );
}
