// Fields whose text is a secret by their name alone. A number or a truth is never one: `max_tokens` must survive.

const SECRET_FIELD =
  /(?:^|[_\-.\s])(?:pass[_-]?word|passwd|passphrase|secret|api[_-]?key|authorization|access[_-]?token|refresh[_-]?token|auth[_-]?token|id[_-]?token|bearer[_-]?token|client[_-]?secret|secret[_-]?key|secret[_-]?access[_-]?key|private[_-]?key|set[_-]?cookie2?|cookie|session[_-]?token|credentials?)$/i;
/** Camel case has no separator to look behind. */
const SECRET_CAMEL =
  /[a-z](?:Password|Passwd|Passphrase|Secret|ApiKey|Authorization|AccessToken|RefreshToken|AuthToken|ClientSecret|SecretKey|PrivateKey|Cookie|SessionToken|Credentials?)$/;
const CHARACTERS_MIN = 6;
/** What stands in for a value, or describes one, as schemas and templates do. */
const STAND_IN_VALUE =
  /^(?:\[[A-Z]+(?:_[0-9a-f]+)?\]|\$\{[^}]*\}|\$[A-Za-z_]+|\{\{.*\}\}|<[^>]*>|\*+|string|required|optional|redacted|undefined)$/;

export function isSecretField(name: string, value: string): boolean {
  if (value.length < CHARACTERS_MIN || STAND_IN_VALUE.test(value)) return false;
  return SECRET_FIELD.test(name) || SECRET_CAMEL.test(name);
}
