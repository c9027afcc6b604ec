// A value without what must not be written down: whatever stands under a name that sounds like a secret.

const SECRET_NAME =
  /secret|password|passwd|token$|api[-_]?key$|^key$|authorization|cookie|credential|private/i;
/** Names of where a secret is, and figures, are none. */
const HARMLESS_NAME = /^(?:key(?:File|Env|Id|Name|s)|.*Tokens?(?:Max|Min|Limit)?|maxTokens)$/;
const HIDDEN = '(not written down)';
const DEPTH_MAX = 20;
const TEXT_CHARACTERS_MAX = 2000;

export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === 'string')
    return value.length <= TEXT_CHARACTERS_MAX ? value : `${value.slice(0, TEXT_CHARACTERS_MAX)}…`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '…';
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const isSecret =
        SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) && typeof item !== 'number' && item !== null;
      return [name, isSecret ? HIDDEN : withoutSecrets(item, depth + 1)];
    }),
  );
}
