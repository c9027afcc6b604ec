// A pattern over the prompt. RE2's engine is linear in the text, whatever the pattern; how much a character costs
// grows with the size of the compiled pattern, so that both together are bounded (bench/policy.ts measures it).

import { RE2JS } from 're2js';
import type { ConditionKind } from '../condition.ts';
import { NEWEST_CHARACTERS_MAX } from '../request-view.ts';

const PATTERN_LENGTH_MAX = 1000;
/** Steps of the compiled pattern; `(?:[a-z]{1,50}){1,15}` has 1502. */
const PATTERN_STEPS_MAX = 250;
/** Characters times steps. */
const WORK_MAX = 250_000;

export const regex: ConditionKind = {
  form: `a pattern in RE2's syntax ((?i) ignores case; no look-around or back-references), up to ${PATTERN_LENGTH_MAX} characters and, compiled, ${PATTERN_STEPS_MAX} steps: counted repetitions such as {1,50} are written out`,
  parse(value) {
    if (value === '' || value.length > PATTERN_LENGTH_MAX) return undefined;
    let pattern: RE2JS;
    try {
      pattern = RE2JS.compile(value);
    } catch {
      // A pattern that does not compile is a value that is not of the form.
      return undefined;
    }
    const steps = pattern.programSize();
    if (steps > PATTERN_STEPS_MAX) return undefined;
    const characters = Math.min(NEWEST_CHARACTERS_MAX, Math.floor(WORK_MAX / steps));
    // Only whether it matches: finding where runs on a slower engine, thousands of times slower at worst.
    return (request) => pattern.test(newest(request.promptText(), characters));
  },
  seen: (request) => `a prompt of ${request.promptCharacters()} characters`,
};

/** Without a copy where nothing is cut. */
function newest(text: string, characters: number): string {
  return text.length <= characters ? text : text.slice(-characters);
}
