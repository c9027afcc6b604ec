// Whether the answer is to be streamed.

import { type ConditionKind, yesOrNo } from '../condition.ts';

export const stream: ConditionKind = {
  form: 'yes or no',
  parse(value) {
    const wanted = yesOrNo(value);
    return wanted === undefined ? undefined : (request) => request.stream === wanted;
  },
  seen: (request) => (request.stream ? 'a stream' : 'no stream'),
};
