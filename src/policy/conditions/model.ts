// The model that the request names.

import { globTest } from '../../core/glob.ts';
import type { ConditionKind } from '../condition.ts';

export const model: ConditionKind = {
  form: 'a model name, in which * stands for any text',
  parse(value) {
    if (value.trim() === '') return undefined;
    const matches = globTest(value.trim());
    return (request) => request.model !== null && matches(request.model);
  },
  seen: (request) => request.model ?? 'no model',
};
