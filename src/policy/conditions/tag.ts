// The request's tag, as a whole or by one of its facets.

import type { ConditionKind } from '../condition.ts';
import { facetsOf } from '../tag-facets.ts';

export const tag: ConditionKind = {
  form: 'a tag, or one facet of it such as team=growth',
  parse(value) {
    const wanted = value.trim();
    if (wanted === '') return undefined;
    return (_request, current) =>
      current !== null && (current === wanted || facetsOf(current).includes(wanted));
  },
  seen: (_request, current) => current ?? 'no tag',
};
