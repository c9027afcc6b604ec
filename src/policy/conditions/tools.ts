// Whether the request offers tools to the model.

import { type ConditionKind, yesOrNo } from '../condition.ts';

export const tools: ConditionKind = {
  form: 'yes or no',
  parse(value) {
    const wanted = yesOrNo(value);
    return wanted === undefined ? undefined : (request) => request.hasTools() === wanted;
  },
  seen: (request) => (request.hasTools() ? 'tools' : 'no tools'),
};
