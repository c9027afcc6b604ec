// A request header: its presence, or its value.

import { globTest } from '../../core/glob.ts';
import type { ConditionKind } from '../condition.ts';

export const header: ConditionKind = {
  form: 'a header name (x-team), or a name and value in which * stands for any text (x-team=growth)',
  parse(value) {
    const match = /^([!#$%&'*+.^_`|~\w-]+)(?:=(.*))?$/.exec(value.trim());
    const name = match?.[1]?.toLowerCase();
    if (name === undefined) return undefined;
    const wanted = match?.[2];
    if (wanted === undefined) return (request) => request.header(name) !== null;
    const matches = globTest(wanted);
    return (request) => {
      const given = request.header(name);
      return given !== null && matches(given);
    };
  },
  // Values of headers may be secrets.
  seen: () => 'the request headers',
};
