// The application that sends the request.

import { globTest } from '../../core/glob.ts';
import type { ConditionKind } from '../condition.ts';

export const sourceApp: ConditionKind = {
  form: 'an application name, in which * stands for any text',
  parse(value) {
    if (value.trim() === '') return undefined;
    const matches = globTest(value.trim());
    return (request) => matches(request.app);
  },
  seen: (request) => request.app,
};
