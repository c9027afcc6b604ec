// Which headers carry a client's credentials, or name its account: they belong to one upstream and to no other. Nobody
// knows all of them: what is called like one is one.

/** Anywhere in a name. */
const CREDENTIAL =
  /authorization|authenticat(?:ion|ed)|client-?cert|oidc|principal|api-?key|token(?!watch)|secret|cookie|credential|password|passwd|passphrase|signature|bearer/;
/** As a word of it. */
const CREDENTIAL_WORD = /(?:^|[-_.])(?:x?auth|webauth|jwt|assertion|pat|pwd|otp|sig|hmac|login)(?:$|[-_.])/;
/** At its end: `ocp-apim-subscription-key`, `x-functions-key`, `x-auth-key`. */
const KEY = /(?:^|[-_.])(?:[a-z]+)?key$/;
/** Keys that open nothing. */
const PLAIN_KEY =
  /(?:idempotency|idempotent|websocket|cache|partition|routing|sort|dedup|deduplication)-?key$/;
const ACCOUNT = new Set([
  'openai-organization',
  'openai-project',
  'x-goog-user-project',
  'chatgpt-account-id',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-preferred-username',
  'x-forwarded-groups',
  'remote-user',
  'x-remote-user',
]);

/** Rather too many than too few: a header that is left out costs an option, one that leaks costs a key. */
export function isCredentialHeader(lowerCaseName: string): boolean {
  const name = lowerCaseName;
  if (CREDENTIAL.test(name) || CREDENTIAL_WORD.test(name) || ACCOUNT.has(name)) return true;
  return KEY.test(name) && !PLAIN_KEY.test(name);
}
