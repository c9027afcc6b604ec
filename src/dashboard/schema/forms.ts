// The forms of texts that users set, as the API's document tells them. They are checked where they are read, which the
// command line comes through as well, with messages of their own: who holds to the document is never refused for a form.

import { z } from 'zod';
import { MODEL_NAME, RULE_NAME } from '../../core/given-names.ts';
import { BUDGET_NAME } from '../../ledger/book/budget-request.ts';
import { CONDITIONS } from '../../policy/conditions/registry.ts';

const formed = (form: RegExp) => z.string().meta({ pattern: form.source });

/** Of rules, A/B tests, upstreams and access keys. */
export const ruleName = formed(RULE_NAME).describe(
  '1 to 64 letters, digits or any of . : / _ -, of which the first is a letter or a digit',
);
export const modelName = formed(MODEL_NAME).describe('1 to 200 visible ASCII characters without commas');
/** Names or patterns of models, with commas between. */
export const modelNames = formed(/^[!-+\--~]{1,200}(?:,[!-+\--~]{1,200}){0,9}$/);
export const budgetName = formed(BUDGET_NAME);
/** What a rule or a budget is for; not blank. */
export const scopePart = z.string().meta({ minLength: 1, maxLength: 256, pattern: '\\S' });
/** One model or a pattern of it, for which a rule or a budget is; a list would never be met. */
export const modelScope = z.string().meta({ minLength: 1, maxLength: 256, pattern: '^[^,]*[^,\\s][^,]*$' });
export const condition = z.strictObject({
  type: z.string().meta({ enum: Object.keys(CONDITIONS) }),
  value: z.string().meta({ minLength: 1 }),
});
/** `30m`, `2h`, `7d`. */
export const lifetime = formed(/^(?:[1-9]\d{0,3}[sm]|[1-9]\d?h|[1-9]d)$/);
/** `90d`, `2027-01-31`. */
export const lifetimeOrDate = formed(/^(?:[1-9]\d{0,2}[hd]|2\d{3}-[01]\d-[0-3]\d)$/);
export const percents = formed(/^[1-9]\d?(?:,[1-9]\d?){0,9}$/);
/** One of these; in other letters, or by an older word, some are taken as well. */
export const oneOf = (words: readonly string[]) => z.string().meta({ enum: words });
/** Of dollars: `25`, `0.50`. */
const AMOUNT = 'an amount of dollars such as 25 or "0.50"';
export const amount = z.union(
  [
    formed(/^(?=.*[1-9])(?:0|[1-9]\d{0,5})(?:\.\d{1,9})?$/),
    z.number().meta({ minimum: 0.01, maximum: 999_999 }),
  ],
  { error: AMOUNT },
);
export const webAddress = z
  .string()
  .meta({ format: 'uri', pattern: '^https?://[^/?#@\\s]+(?:/[^?#\\s]*)?$' });
