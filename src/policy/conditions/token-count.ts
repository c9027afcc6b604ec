// How long the prompt is, in tokens.

import { type ConditionKind, comparison } from '../condition.ts';
import type { RequestView } from '../request-view.ts';

/** English text and code in current vocabularies; a count by tokenizer takes milliseconds, this nothing. */
const BYTES_PER_TOKEN = 4;

export const tokenCount: ConditionKind = {
  form: 'a comparison such as >4000, <500 or 500..4000',
  parse(value) {
    const matches = comparison(value, (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined));
    return matches && ((request) => matches(estimate(request)));
  },
  seen: (request) => `about ${estimate(request)} tokens`,
};

const estimate = (request: RequestView): number => Math.ceil(request.promptBytes() / BYTES_PER_TOKEN);
