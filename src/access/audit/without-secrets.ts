// A value without what must not be written down: whatever stands under a name that sounds like a secret.

import { hostOf, withoutCredentials } from '../../core/without-credentials.ts';

const SECRET_NAME =
  /secret|password|passwd|token$|api[-_]?key$|^key$|authorization|cookie|credential|private/i;
/** Names of where a secret is, and figures, are none. */
const HARMLESS_NAME = /^(?:key(?:File|Env|Id|Name|s)|.*Tokens?(?:Max|Min|Limit)?|maxTokens)$/;
/** A chat's is a secret whole. */
const WEBHOOK = 'webhookUrl';
/** The name of a variable; what is none may be the key itself, typed in its place. */
const VARIABLE = 'keyEnv';
const VARIABLE_NAME = /^[A-Za-z_]\w*$/;
const HIDDEN = '(not written down)';
const DEPTH_MAX = 20;
const TEXT_CHARACTERS_MAX = 2000;

export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return shortText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '…';
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const isSecret =
        SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) && typeof item !== 'number' && item !== null;
      const isMistaken = name === VARIABLE && typeof item === 'string' && !VARIABLE_NAME.test(item);
      if (isSecret || isMistaken) return [name, HIDDEN];
      if (name === WEBHOOK && typeof item === 'string' && URL.canParse(item)) return [name, hostOf(item)];
      return [name, withoutSecrets(item, depth + 1)];
    }),
  );
}

function shortText(text: string): string {
  const cut = text.length <= TEXT_CHARACTERS_MAX ? text : `${text.slice(0, TEXT_CHARACTERS_MAX)}…`;
  return withoutCredentials(cut);
}
