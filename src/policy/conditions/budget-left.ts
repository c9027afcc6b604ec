// How much is left of the budgets that the request falls under: the scarcest one counts.

import { type ConditionKind, comparison } from '../condition.ts';

export const budgetLeft: ConditionKind = {
  form: 'a comparison in percent such as <20%',
  parse(value) {
    const matches = comparison(value, (text) =>
      /^\d{1,3}(?:\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : undefined,
    );
    return (
      matches &&
      ((request, tag) => matches(request.spend.budgetLeft({ app: request.app, model: request.model, tag })))
    );
  },
  seen: (request, tag) =>
    `${(100 * request.spend.budgetLeft({ app: request.app, model: request.model, tag })).toFixed(1)} % left`,
};
