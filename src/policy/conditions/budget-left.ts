// How much is left of a budget: of the one that is named, or of the scarcest one that the request falls under.

import { type ConditionKind, comparison } from '../condition.ts';
import type { RequestView } from '../request-view.ts';

export const budgetLeft: ConditionKind = {
  form: 'a comparison in percent such as <20%, of the scarcest budget that the request falls under; NAME:<20% is of the budget of that name',
  parse(value) {
    const { name, rest } = partsOf(value);
    const matches = comparison(rest, (text) =>
      /^\d{1,3}(?:\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : undefined,
    );
    if (matches === undefined) return undefined;
    if (name === undefined) return (request, tag) => matches(scarcest(request, tag));
    return ({ spend }) => {
      const left = spend.budgetLeft(name);
      // A budget that was removed limits nothing.
      return left !== null && matches(left);
    };
  },
  seen(request, tag, value) {
    const { name } = partsOf(value);
    const left = name === undefined ? scarcest(request, tag) : request.spend.budgetLeft(name);
    if (left === null) return `no budget named ${name}`;
    return `${(100 * left).toFixed(1)} % left of ${name ?? 'the scarcest budget'}`;
  },
};

function partsOf(value: string): { readonly name: string | undefined; readonly rest: string } {
  const [, name, rest = ''] = /^(?:(.*[^:]):)?([<>].*|[\d.]+%\.\..*)$/.exec(value.trim()) ?? [];
  return { name, rest };
}

function scarcest({ app, model, spend }: RequestView, tag: string | null): number {
  return spend.scarcestLeft({ app, model, tag });
}
