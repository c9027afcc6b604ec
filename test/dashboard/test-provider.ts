// An identity provider that can be made to misbehave: discovery, keys, codes and signed tokens over real sockets. What
// it sends wrong is up to the test; an honest one is a library's (oidc-provider), in the same test file.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export interface Misbehaviour {
  /** Over the claims that are right. */
  readonly claims?: JWTPayload;
  /** Signs with a key that it does not show. */
  readonly foreignKey?: boolean;
  /** Over its own head of the token. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** In place of its own signature. */
  readonly signed?: 'not' | 'cut' | 'by the public key';
  readonly tokenStatus?: number;
  /** Where it is away: its status there, or null where it hangs up, before its answer or in the middle of it. */
  readonly away?: { readonly path: '/token' | '/keys' | '/me'; readonly status: number | 'half' | null };
  /** It gives out its tokens once so many have asked for theirs. */
  readonly together?: number;
  /** Beside its token. */
  readonly surplusBytes?: number;
  /** Over the state that the client sent. */
  readonly state?: string;
  /** Over what its discovery document says. */
  readonly metadata?: Record<string, unknown>;
}

export interface TestProvider {
  readonly issuer: string;
  /** What it does wrong from now on. */
  misbehave(how: Misbehaviour): void;
  /** Claims of its page about the user. */
  userInfo: Record<string, unknown>;
  /** Where it sends the browser back to, once it has come to `url`. */
  consent(url: string): URL;
  /** What the token endpoint was sent last. */
  readonly exchanged: URLSearchParams[];
  /** With which it signs where it is told to, and does not show. */
  readonly foreignKey: { readonly address: string; readonly jwk: object; asked(): number };
  close(): Promise<void>;
}

/** With the same claims, by a signature that proves nothing. */
async function forged(honest: string, how: Misbehaviour['signed'], publicKey: string): Promise<string> {
  const [, claims = ''] = honest.split('.');
  if (how === 'cut') return honest.slice(0, honest.lastIndexOf('.') + 1);
  if (how === 'not') return `${Buffer.from('{"alg":"none","kid":"one"}').toString('base64url')}.${claims}.`;
  if (how === 'by the public key')
    return new SignJWT(JSON.parse(Buffer.from(claims, 'base64url').toString()) as JWTPayload)
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(Buffer.from(publicKey));
  return honest;
}

const NOW_S = () => Math.floor(Date.now() / 1000);

export async function startTestProvider(clientId: string): Promise<TestProvider> {
  const [own, foreign] = [
    await generateKeyPair('RS256', { extractable: true }),
    await generateKeyPair('RS256', { extractable: true }),
  ];
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const foreignJwk = { ...(await exportJWK(foreign.publicKey)), kid: 'foreign', alg: 'RS256', use: 'sig' };
  let foreignAsked = 0;
  let how: Misbehaviour = {};
  const nonces = new Map<string, string>();
  const exchanged: URLSearchParams[] = [];
  const waiting: (() => void)[] = [];
  const provider = { userInfo: {} as Record<string, unknown> };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', issuer).pathname;
    const send = (status: number, document: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    };
    if (path === how.away?.path) {
      if (how.away.status === null) return void request.socket.destroy();
      if (how.away.status === 'half') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
        return void response.write('{"access_token":', () => request.socket.destroy());
      }
      return send(how.away.status, { error: 'server_error' });
    }
    if (path === '/.well-known/openid-configuration')
      return send(200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/me`,
        end_session_endpoint: `${issuer}/leave`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['RS256'],
        ...how.metadata,
      });
    if (path === '/keys') return send(200, { keys: [jwk] });
    if (path === '/foreign-keys') {
      foreignAsked += 1;
      return send(200, { keys: [foreignJwk] });
    }
    if (path === '/me') return send(200, { sub: 'subject-1', ...provider.userInfo });
    let text = '';
    for await (const chunk of request) text += chunk;
    const sent = new URLSearchParams(text);
    exchanged.push(sent);
    if (how.together !== undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (waiting.push(resolve) >= how.together) for (const goOn of waiting.splice(0)) goOn();
      await promise;
    }
    if (how.tokenStatus !== undefined)
      return send(how.tokenStatus, { error: 'invalid_grant', error_description: 'this code was used' });
    const signed = new SignJWT({
      sub: 'subject-1',
      email: 'ann@example.com',
      nonce: nonces.get(sent.get('code') ?? ''),
      iss: issuer,
      aud: clientId,
      iat: NOW_S(),
      exp: NOW_S() + 300,
      ...how.claims,
    });
    const honest = await signed
      .setProtectedHeader({ alg: 'RS256', kid: 'one', ...how.header })
      .sign(how.foreignKey ? foreign.privateKey : own.privateKey);
    const idToken = await forged(honest, how.signed, await exportSPKI(own.publicKey));
    const surplus = how.surplusBytes === undefined ? {} : { more: 'x'.repeat(how.surplusBytes) };
    return send(200, {
      access_token: 'an-access-token',
      token_type: 'Bearer',
      id_token: idToken,
      ...surplus,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(provider, {
    issuer,
    foreignKey: { address: `${issuer}/foreign-keys`, jwk: foreignJwk, asked: () => foreignAsked },
    exchanged,
    misbehave: (next: Misbehaviour) => {
      how = next;
    },
    consent: (url: string) => {
      const asked = new URL(url).searchParams;
      const code = `code-${nonces.size}`;
      nonces.set(code, asked.get('nonce') ?? '');
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', how.state ?? asked.get('state') ?? '');
      return back;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
