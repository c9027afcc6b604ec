// What was spent today (by the budgets' clock): by the request's application, by its tag, or in all.

import { NANO_USD_PER_USD } from '../../core/money.ts';
import { type ConditionKind, comparison } from '../condition.ts';
import type { RequestView } from '../request-view.ts';

export const costToday: ConditionKind = {
  form: "a comparison in dollars such as >5.00, of everything; app:>5 and tag:>5 are of the request's own application or tag",
  parse(value) {
    const { of, rest } = partsOf(value);
    const matches = comparison(rest, (text) =>
      /^\$?\d{1,7}(?:\.\d{1,9})?$/.test(text)
        ? Math.round(Number(text.replace('$', '')) * NANO_USD_PER_USD)
        : undefined,
    );
    return matches && ((request, tag) => matches(figure(request, tag, of)));
  },
  seen(request, tag, value) {
    const { of } = partsOf(value);
    const amount = `$${(figure(request, tag, of) / NANO_USD_PER_USD).toFixed(4)} today`;
    if (of === 'app') return `${amount} by ${request.app}`;
    if (of === 'tag') return tag === null ? 'no tag, so $0' : `${amount} with ${tag}`;
    return `${amount} in all`;
  },
};

function partsOf(value: string): { readonly of: string; readonly rest: string } {
  const [, of = 'all', rest = ''] = /^(?:(app|tag|all):)?(.+)$/.exec(value.trim()) ?? [];
  return { of, rest };
}

function figure(request: RequestView, tag: string | null, of: string): number {
  if (of === 'app') return request.spend.costToday({ app: request.app });
  if (of === 'tag') return tag === null ? 0 : request.spend.costToday({ tag });
  return request.spend.costToday(null);
}
