// Which headers carry a client's credentials, or name its account: they belong to one upstream and to no other. Nobody
// knows all of them: what is called like one is one.

/** Anywhere in a name. */
const CREDENTIAL =
  /authorization|authenticat(?:ion|ed)|oauth|client-?cert|oidc|saml|kerberos|dpop|principal|api-?key|token(?!watch)|secret|cookie|credential|password|passwd|passphrase|passcode|access-?code|signature|bearer|userinfo/;
/** As a word of it. */
const CREDENTIAL_WORD =
  /(?:^|[-.])(?:x?auth[nz]?|webauth|sso|jwt|assertion|ticket|creds?|pat|pass|pwd|psk|t?otp|mfa|2fa|sas|sig|sign|hmac\d*|mac|[cx]srf|[as]k|login)(?:$|[-.])/;
/** At its end: `ocp-apim-subscription-key`, `x-functions-key`, `x-auth-key`, `x-access-key-id`. */
const KEY = /(?:^|[-.])(?:[a-z]+)?keys?(?:-(?:id|\d+))?$/;
/** Keys that open nothing. */
const PLAIN_KEY =
  /(?:idempotency|idempotent|websocket|cache|partition|routing|sort|dedup|deduplication)-?keys?$/;
/** Who came, as whatever stands before an application tells it: by a certificate, a login, or a key. */
const PERSON =
  /client-(?:[si]-)?dn|client-(?:verify|subject)|(?:^|-)remote-(?:user|groups?|email|name)$|^tailscale-user|pomerium-claim|authentik|(?:^|-)vouch-|(?:^|-)consumer-/;
const ACCOUNT = new Set([
  'openai-organization',
  'openai-project',
  'x-goog-user-project',
  'chatgpt-account-id',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-preferred-username',
  'x-forwarded-groups',
]);

/** Rather too many than too few: a header that is left out costs an option, one that leaks costs a key. */
export function isCredentialHeader(lowerCaseName: string): boolean {
  const name = lowerCaseName.replaceAll('_', '-');
  if (CREDENTIAL.test(name) || CREDENTIAL_WORD.test(name) || ACCOUNT.has(name) || PERSON.test(name))
    return true;
  return KEY.test(name) && !PLAIN_KEY.test(name);
}
