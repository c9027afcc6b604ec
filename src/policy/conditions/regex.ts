// A pattern over the prompt. RE2's engine: linear in the text, whatever the pattern (bench/policy.ts measures it).

import { RE2JS } from 're2js';
import type { ConditionKind } from '../condition.ts';

/** The newest text decides: a conversation's last turns stand at its end. */
const CHARACTERS_MAX = 32 * 1024;
const PATTERN_LENGTH_MAX = 1000;

export const regex: ConditionKind = {
  form: `a pattern in RE2's syntax ((?i) ignores case; no look-around or back-references), up to ${PATTERN_LENGTH_MAX} characters`,
  parse(value) {
    if (value === '' || value.length > PATTERN_LENGTH_MAX) return undefined;
    let pattern: RE2JS;
    try {
      pattern = RE2JS.compile(value);
    } catch {
      // A pattern that does not compile is a value that is not of the form.
      return undefined;
    }
    return (request) => pattern.matcher(request.promptText().slice(-CHARACTERS_MAX)).find();
  },
  seen: (request) => `a prompt of ${request.promptText().length} characters`,
};
