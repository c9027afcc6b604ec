// The request's tag, as a whole or by some of its facets.

import { canonicalTag, tagTest } from '../../core/tag.ts';
import type { ConditionKind } from '../condition.ts';

export const tag: ConditionKind = {
  form: 'a tag, or facets of it such as team=growth',
  parse(value) {
    if (canonicalTag(value) === null) return undefined;
    const matches = tagTest(value);
    return (_request, current) => matches(current);
  },
  seen: (_request, current) => current ?? 'no tag',
};
