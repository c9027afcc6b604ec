import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCredentialHeader } from '../core/credential-headers.ts';
import { baseUrlOf, defaultUpstream, type Upstream } from '../core/upstream.ts';
import type { Candidate } from './candidates.ts';
import { callerOf, headersAt, targetAt } from './credentials.ts';

const SECRET = 'sk-secret-42';

function candidate(takesClientKey: boolean, parts: Partial<Upstream> = {}): Candidate {
  const upstream = { ...defaultUpstream('openai', baseUrlOf(new URL('https://api.example.com'))), ...parts };
  return { upstream, model: null, state: 'closed', rest: null, takesClientKey };
}

test('what looks like a credential is one, in any spelling; what everybody sends is none', () => {
  for (const name of [
    'authorization',
    'proxy-authorization',
    'x-api-key',
    'api-key',
    'apikey',
    'cookie',
    'x-auth-token',
    'x-auth',
    'x-key',
    'key',
    'ocp-apim-subscription-key',
    'x-functions-key',
    'x-auth-key',
    'x-access-key',
    'x-amz-security-token',
    'cf-access-jwt-assertion',
    'helicone-auth',
    'x-hub-signature-256',
    'x-vault-passphrase',
    'x-goog-iap-jwt-assertion',
    'x-bearer',
    'x-user-pwd',
    'x_api_key',
    'chatgpt-account-id',
    'x-forwarded-client-cert',
    'ssl-client-cert',
    'x-amzn-mtls-clientcert',
    'x-amzn-oidc-data',
    'x-goog-authenticated-user-email',
    'x-ms-client-principal',
    'x-webauth-user',
    'x-remote-user',
    'x-forwarded-preferred-username',
    ...['x-oauth', 'oauth2-bearer', 'x-authz', 'x-authn', 'x-creds', 'x-pass', 'x-passcode', 'x-access-code'],
    ...[
      'dpop',
      'x-saml-response',
      'x-sso',
      'x-kerberos-ticket',
      'x-totp',
      'x-2fa',
      'x-psk',
      'x-csrf',
      'x-sas',
    ],
    ...['x-sign', 'x-mac', 'x-hmac256', 'x-ak', 'x-sk', 'x-api-keys', 'x-access-key-id', 'x_access_key_2'],
    ...['ssl_client_s_dn', 'x-ssl-client-verify', 'x-client-dn', 'x-tls-client-subject', 'x-userinfo'],
    ...['x-endpoint-api-userinfo', 'tailscale-user-name', 'x-pomerium-claim-email', 'x-authentik-groups'],
    ...['remote-email', 'x-remote-groups', 'x-vouch-user', 'x-consumer-username'],
  ])
    assert.ok(isCredentialHeader(name), name);
  for (const name of [
    'content-type',
    'user-agent',
    'anthropic-version',
    'anthropic-beta',
    'x-tokenwatch-app',
    'accept',
    'idempotency-key',
    'sec-websocket-key',
    'x-cache-key',
    'x-routing-key',
    'x-principle',
    'x-author',
    ':authority',
    'x-keyboard',
    'session_id',
    'x-monkey-business',
    'traceparent',
    'x-stainless-retry-count',
    ...[
      'x-passage',
      'x-design',
      'x-signal',
      'x-remote-region',
      'x-client-name',
      'x-session-id',
      'x-model',
      'dnt',
    ],
    ...['x-task-id', 'x-make', 'x-macro', 'x-language-code', 'idempotency_key', 'x-cache-keys', 'x-title'],
  ])
    assert.ok(!isCredentialHeader(name), name);
});

const header = fc.tuple(
  fc.constantFrom(
    'Authorization',
    'X-API-Key',
    'api-key',
    'Cookie',
    'X-Goog-Api-Key',
    'OpenAI-Organization',
    'X-My-Token',
  ),
  fc.constant(SECRET),
);
const harmless = fc.tuple(
  fc.constantFrom('accept', 'content-type', 'x-team', 'anthropic-version'),
  fc.string(),
);

test('whatever a client sends, no credential of its is left where it must not go; the rest keeps its order', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(header, harmless)), fc.option(fc.constant('own')), (pairs, key) => {
      const result = headersAt(candidate(false), pairs.flat(), key);
      assert.ok(!result.includes(SECRET));
      const kept = pairs.filter(([name]) => !isCredentialHeader(name.toLowerCase())).flat();
      assert.deepEqual(result.slice(0, kept.length), kept);
      assert.deepEqual(result.slice(kept.length), key === null ? [] : ['authorization', 'Bearer own']);
    }),
  );
});

test('where they may go, everything passes as it came', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(header, harmless)), (pairs) => {
      assert.deepEqual(headersAt(candidate(true), pairs.flat(), null), pairs.flat());
    }),
  );
});

test("an upstream's own header takes the place of the client's", () => {
  const at = candidate(true, { headers: { 'X-Team': 'growth' } });
  assert.deepEqual(headersAt(at, ['x-team', 'mine', 'x-other', '1'], null), [
    'x-other',
    '1',
    'X-Team',
    'growth',
  ]);
});

const targets: readonly (readonly [string, string])[] = [
  ['/v1/models', '/v1/models'],
  [`/v1/models?key=${SECRET}`, '/v1/models'],
  [`/v1/chat?a=%2F&api_key=${SECRET}&b=2`, '/v1/chat?a=%2F&b=2'],
  [`/v1/chat?ACCESS_TOKEN=${SECRET}&x=%zz`, '/v1/chat?x=%zz'],
  [`/v1/chat?%6Bey=${SECRET}`, '/v1/chat'],
  ['/v1/chat?api-version=2026-01-01', '/v1/chat?api-version=2026-01-01'],
];
for (const [target, expected] of targets)
  test(`${target} goes elsewhere as ${expected}`, () => {
    assert.equal(targetAt(candidate(false), target), expected);
    assert.equal(targetAt(candidate(true), target), target);
  });

test('callers are told apart by their credentials alone', () => {
  const one = callerOf(['authorization', 'Bearer 1', 'x-team', 'a']);
  assert.equal(one, callerOf(['x-team', 'b', 'Authorization', 'Bearer 1', 'x-tokenwatch-session', 's']));
  assert.notEqual(one, callerOf(['authorization', 'Bearer 2']));
  assert.ok(!one.includes('Bearer'));
});
