// The login by another identity provider (OpenID Connect, the code flow with PKCE). States of one login, all of them in
// the browser: begun (a sealed cookie holds state, nonce and verifier) → back with a code → a session, or a refusal.
// The server keeps nothing of it, so that nobody can fill its memory with logins that are never ended.

import type { Configuration, CustomFetch } from 'openid-client';
import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { isLoopback } from '../../core/own-place.ts';
import { printable } from '../../core/shown-text.ts';
import { AnswerTooLong, answerBytes } from '../../runtime/answer-bytes.ts';
import { hasClaim, type RoleMap, roleOf } from './oidc-roles.ts';
import type { Visitor } from './role.ts';
import { Sealer } from './sealed.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a client that has none. */
  readonly clientSecret: string | null;
  /** Where the provider sends the browser back to. */
  readonly redirectUrl: string;
  readonly scopes: string;
  readonly roleClaim: string;
  readonly roles: RoleMap;
  /** What the page calls it. */
  readonly label: string;
}

export interface OidcLoginOptions {
  readonly settings: OidcSettings;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

export interface OidcVisit {
  /** What was looked at when it was begun: a query of the page, or nothing. */
  readonly view: string;
  readonly visitor: Visitor;
  /** Where the provider ends its own session; null where it has no such place. */
  readonly leaveUrl: string | null;
}

export interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** What was looked at: the page's query, `?…`, or nothing. */
  readonly view: string;
}

type Claims = Readonly<Record<string, unknown>>;

export const OIDC_LOGIN_MS = 10 * 60_000;
/** What the provider says of itself is asked for again after this. */
const KNOWN_MS = 60 * 60_000;
const ANSWER_S = 10;
/** Of any of its documents: they have some thousand. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const NAME_CHARACTERS_MAX = 200;
const TOO_MANY = 429;

/** As the page itself writes it. Being a query alone, it leads to nowhere but the page. */
const VIEW = /^\?[\w.*+%=&~-]{1,2000}$/;

function viewIn(text: string): string {
  return VIEW.test(text) ? text : '';
}

export class OidcLogin {
  readonly #options: OidcLoginOptions;
  readonly #sealer = new Sealer();
  #known: { readonly provider: Promise<Configuration>; readonly atMs: number } | null = null;

  constructor(options: OidcLoginOptions) {
    this.#options = options;
  }

  get label(): string {
    return this.#options.settings.label;
  }

  /** What a login needs, before somebody logs in. */
  async load(): Promise<void> {
    await import('openid-client');
  }

  /**
   * Where the browser is sent, and what it brings back. `asAnother`: the provider asks who it is, whomever it knows there.
   * Throws `login_unavailable`.
   */
  async begin(view: string, asAnother: boolean): Promise<{ readonly url: string; readonly sealed: string }> {
    const { settings, clock } = this.#options;
    const oidc = await import('openid-client');
    const provider = await this.#provider();
    const begun: Begun = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
      view: viewIn(view),
    };
    const asked = {
      redirect_uri: settings.redirectUrl,
      scope: settings.scopes,
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
      ...(asAnother && { prompt: 'login' }),
    };
    try {
      const { href } = oidc.buildAuthorizationUrl(provider, asked);
      return { url: href, sealed: this.#sealer.seal(begun, clock.now() + OIDC_LOGIN_MS) };
    } catch (cause) {
      // It names no place to log in at, or none that a browser may be sent to. It may be mended soon.
      this.#known = null;
      throw unavailable(settings.issuer, cause);
    }
  }

  /** What that browser began here. Throws `login_failed`: then there is nothing to ask the provider about. */
  begunBy(sealed: string | null): Begun {
    const begun = sealed === null ? null : this.#sealer.open<Begun>(sealed, this.#options.clock.now());
    if (begun === null) throw failed('it was begun elsewhere, or more than ten minutes ago. Begin again');
    return begun;
  }

  /** `query` is what the provider sent the browser back with. Throws `login_failed`, `forbidden` or `login_unavailable`. */
  async finish(query: string, begun: Begun): Promise<OidcVisit> {
    const { settings } = this.#options;
    const oidc = await import('openid-client');
    const provider = await this.#provider();
    const back = new URL(settings.redirectUrl);
    back.search = query;
    const { claims, accessToken, idToken } = await this.#exchange(oidc, provider, back, begun);
    const all = await this.#withUserInfo(oidc, provider, claims, accessToken);
    const name = nameOf(all);
    const role = roleOf(proven(all), settings.roleClaim, settings.roles);
    if (role === null)
      throw new TokenWatchError(
        'forbidden',
        `"${name}" may not see this dashboard: nothing in the claim "${settings.roleClaim}" is given a role${isUnproven(all, settings.roleClaim) ? ' (the provider does not say "email_verified": true, and anybody could name any address)' : ''}. Whoever runs this TokenWatch does that in TOKENWATCH_OIDC_ROLES.`,
      );
    const visitor = { name: `oidc:${name}`, role };
    return { visitor, leaveUrl: this.#leaveUrl(oidc, provider, idToken), view: begun.view };
  }

  async #exchange(oidc: typeof import('openid-client'), provider: Configuration, back: URL, begun: Begun) {
    try {
      const tokens = await oidc.authorizationCodeGrant(provider, back, {
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        pkceCodeVerifier: begun.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) throw new Error('it sent no id_token');
      // The library looks at it where the audience is several.
      if (claims.azp !== undefined && claims.azp !== this.#options.settings.clientId)
        throw new Error('its id_token was made out to another client ("azp")');
      return { claims: claims as Claims, accessToken: tokens.access_token, idToken: tokens.id_token };
    } catch (cause) {
      throw this.#refused(cause);
    }
  }

  /** Some providers put the claim that roles go by there alone. */
  async #withUserInfo(
    oidc: typeof import('openid-client'),
    provider: Configuration,
    claims: Claims,
    accessToken: string,
  ): Promise<Claims> {
    const isAsked = provider.serverMetadata().userinfo_endpoint !== undefined;
    if (hasClaim(claims, this.#options.settings.roleClaim) || !isAsked) return claims;
    try {
      const more = await oidc.fetchUserInfo(provider, accessToken, String(claims.sub));
      // What is signed goes before.
      return { ...more, ...claims };
    } catch (cause) {
      throw this.#refused(cause);
    }
  }

  /** Where the provider is away, nobody has failed. */
  #refused(cause: unknown): TokenWatchError {
    return isAway(cause) ? unavailable(this.#options.settings.issuer, cause) : failed(reasonOf(cause), cause);
  }

  #leaveUrl(oidc: typeof import('openid-client'), provider: Configuration, idToken: string): string | null {
    if (provider.serverMetadata().end_session_endpoint === undefined) return null;
    const home = new URL('../', this.#options.settings.redirectUrl).href;
    const asked = { id_token_hint: idToken, post_logout_redirect_uri: home };
    try {
      return oidc.buildEndSessionUrl(provider, asked).href;
    } catch {
      // Where it names none that can be used, the session here ends all the same.
      return null;
    }
  }

  /** Asked for when somebody logs in: a server starts, and serves, without its provider. */
  #provider(): Promise<Configuration> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#known !== null && nowMs - this.#known.atMs < KNOWN_MS) return this.#known.provider;
    const known = { provider: discovered(this.#options), atMs: nowMs };
    this.#known = known;
    known.provider.catch(() => {
      if (this.#known === known) this.#known = null;
    });
    return known.provider;
  }
}

async function discovered({ settings, fetch }: OidcLoginOptions): Promise<Configuration> {
  const oidc = await import('openid-client');
  const { issuer, clientId, clientSecret } = settings;
  const url = new URL(issuer);
  const way: CustomFetch = async (address, options) => {
    const answer = await fetch(address, options as RequestInit).catch((cause: unknown) => {
      throw new ProviderAway(`it does not answer: ${innermost(cause)}`, { cause });
    });
    const { status, headers } = answer;
    if (status >= 500 || status === TOO_MANY) {
      await answer.body?.cancel();
      throw new ProviderAway(`it answers with ${status}`);
    }
    const bytes = await answerBytes(answer, ANSWER_BYTES_MAX).catch((cause: unknown) => {
      if (cause instanceof AnswerTooLong) throw cause;
      throw new ProviderAway(`it does not answer to the end: ${innermost(cause)}`, { cause });
    });
    return new Response(bytes.length === 0 ? null : new Uint8Array(bytes), { status, headers });
  };
  try {
    const provider = await oidc.discovery(url, clientId, undefined, authentication(oidc, clientSecret), {
      [oidc.customFetch]: way,
      timeout: ANSWER_S,
      execute: [
        // The signature is looked at also where the connection already proves who answers.
        oidc.enableNonRepudiationChecks,
        ...(isLoopback(url.hostname) ? [oidc.allowInsecureRequests] : []),
      ],
    });
    provider[oidc.customFetch] = way;
    return provider;
  } catch (cause) {
    throw unavailable(issuer, cause);
  }
}

/** It says nothing of whoever wants to log in. An error of this kind passes through the library as it is. */
class ProviderAway extends TypeError {}

const isAway = (error: unknown): boolean =>
  error instanceof Error && (error instanceof ProviderAway || isAway(error.cause));

function unavailable(issuer: string, cause: unknown): TokenWatchError {
  return new TokenWatchError(
    'login_unavailable',
    `The identity provider ${issuer} cannot be asked (${reasonOf(cause)}). Other ways to log in work.`,
    { cause, headers: { 'retry-after': '5' } },
  );
}

/** In the request's head where the provider takes it there, which all must; in the body where it says that it wants that. */
function authentication(oidc: typeof import('openid-client'), secret: string | null) {
  if (secret === null) return oidc.None();
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  const choose: typeof basic = (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported;
    const isBasic = methods === undefined || methods.includes('client_secret_basic');
    return (isBasic ? basic : post)(server, client, body, headers);
  };
  return choose;
}

/** Whoever may choose an address could choose that of an admin: it gives a role where the provider has looked at it. */
function proven(claims: Claims): Claims {
  const { email: _unproven, ...others } = claims;
  return claims.email_verified === true || claims.email_verified === 'true' ? claims : others;
}

const isUnproven = (claims: Claims, roleClaim: string): boolean =>
  roleClaim === 'email' && proven(claims).email === undefined;

/** An address is taken for a name only where the provider has not said that it is not the user's. */
function nameOf({ preferred_username: username, email, email_verified: isVerified, sub }: Claims): string {
  const address = isVerified === false ? undefined : email;
  const name = [username, address, sub].find((each) => typeof each === 'string' && each !== '');
  return String(name)
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .slice(0, NAME_CHARACTERS_MAX);
}

function failed(reason: string, cause?: unknown): TokenWatchError {
  return new TokenWatchError('login_failed', `The login was not accepted: ${reason}.`, { cause });
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}

/** What the library says, and what it found underneath. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { error_description: words, error: code } = error as { error_description?: unknown; error?: unknown };
  const said = [words, code].find((each) => typeof each === 'string');
  const within = error.cause instanceof Error && !isAway(error) ? error.cause.message : error.message;
  const own = within === error.message ? error.message : `${error.message}: ${within}`;
  return printable(said === undefined ? own : String(said)).slice(0, 300);
}
