// A request header: its presence, or its value.

import { globTest } from '../../core/glob.ts';
import type { ConditionKind } from '../condition.ts';

export const header: ConditionKind = {
  form: 'a header name (x-team), or a name and value in which * stands for any text (x-team=growth)',
  parse(value) {
    const { name, wanted } = partsOf(value);
    if (name === undefined) return undefined;
    if (wanted === undefined) return (request) => request.header(name) !== null;
    const matches = globTest(wanted);
    return (request) => {
      const given = request.header(name);
      return given !== null && matches(given);
    };
  },
  // Values of headers may be secrets.
  seen(request, _tag, value) {
    const { name = '', wanted } = partsOf(value);
    const given = request.header(name);
    if (given === null) return `no ${name}`;
    return wanted === undefined || globTest(wanted)(given) ? name : `${name} with another value`;
  },
};

function partsOf(value: string): { readonly name: string | undefined; readonly wanted: string | undefined } {
  const match = /^([!#$%&'*+.^_`|~\w-]+)(?:=(.*))?$/.exec(value.trim());
  return { name: match?.[1]?.toLowerCase(), wanted: match?.[2] };
}
