// The door of the dashboard: who a visitor is, what they may ask, and how they come in: by a password, by a link that
// works once, by the data folder's token, or by another identity provider.

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { CrowdLimit } from './crowd-limit.ts';
import { isSameSecret, openFolderToken } from './folder-token.ts';
import type { LoginRecord } from './login-record.ts';
import { LoginThrottle, networkOf } from './login-throttle.ts';
import { OIDC_LOGIN_MS, OidcLogin, type OidcSettings } from './oidc-login.ts';
import { hashPassword, PasswordCheck } from './password.ts';
import {
  COMMAND_USER_HEADER,
  commandVisitor,
  LOCAL_VISITOR,
  mayDo,
  type Role,
  TOKEN_VISITOR,
  type Visitor,
} from './role.ts';
import { cookieHeader, cookieValue } from './session-cookie.ts';
import { Sessions, type SessionTimes } from './sessions.ts';
import { assertPassword, type User, UserFile } from './users.ts';

/** What may change while it is open. */
export interface DoorWishes {
  /** Whether everybody must log in, even without any user. */
  readonly mustLogIn: boolean;
  readonly times: SessionTimes;
  /** Null where no other provider lets anybody in. */
  readonly oidc: OidcSettings | null;
}

export interface DoorOptions extends DoorWishes {
  readonly dataDir: string;
  /** Whether the port speaks TLS: a cookie is bound to it. */
  readonly isSecure: boolean;
  /** Opens the first link, which `start` prints. */
  readonly code: string;
  readonly record: LoginRecord;
  /** To the identity provider. */
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
}

/** What a page is told about its visitor. */
export interface SessionAnswer {
  readonly name: string | null;
  readonly role: Role | null;
  /** Whether nothing is shown without a login. */
  readonly mustLogIn: boolean;
  /** Whether there is anybody who could log in by a password. */
  readonly hasUsers: boolean;
  /** What the page calls the provider by which people log in; null for none. */
  readonly provider: string | null;
}

export interface CameIn {
  readonly visitor: Visitor;
  /** Headers that set or take away cookies. */
  readonly cookies: readonly string[];
}

const CODE_BYTES = 24;
/** Links that were asked for and not opened. */
const CODES_MAX = 100;
const CODE_LIFETIME_MS = 15 * 60_000;
const PASSWORD_CHARACTERS_MAX = 1000;
const OIDC_NAME = /^oidc:/;
/** Logins of one network that the identity provider looks at: a whole office in the morning, and no flood of requests. */
const AT_PROVIDER_MAX = 100;
const BUSY_WAIT_MS = 1000;

export class Door {
  #options: DoorOptions;
  readonly #clock: Clock;
  #token: string;
  readonly #users: UserFile;
  readonly #sessions: Sessions;
  readonly #throttle: LoginThrottle;
  readonly #passwords = new PasswordCheck();
  readonly #atProvider = new CrowdLimit(AT_PROVIDER_MAX);
  #oidc: OidcLogin | null = null;
  /** Until when each may be opened. The first lasts until it is used. */
  readonly #codes = new Map<string, number>();

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#token = openFolderToken(options.dataDir);
    this.#users = new UserFile(options.dataDir);
    this.#sessions = new Sessions(this.#clock, options.times);
    this.#throttle = new LoginThrottle(this.#clock);
    this.#codes.set(options.code, Number.POSITIVE_INFINITY);
    this.#oidc = this.#oidcOf(options.oidc);
  }

  get hasProvider(): boolean {
    return this.#oidc !== null;
  }

  /** What a login by the identity provider needs. */
  async load(): Promise<void> {
    await this.#oidc?.load();
  }

  /** From now on. The data folder's token is read anew, or made where it was taken away. */
  retune(wishes: DoorWishes): void {
    this.#token = openFolderToken(this.#options.dataDir);
    const isSame = stampOf(wishes.oidc) === stampOf(this.#options.oidc);
    this.#options = { ...this.#options, ...wishes };
    this.#sessions.retune(wishes.times);
    if (!isSame) this.#oidc = this.#oidcOf(wishes.oidc);
  }

  /**
   * Null for one that has to log in. Throws `storage_failed` where nobody can be let in. `isAsking`: false for one that
   * was let in before and only listens, which keeps no session alive.
   */
  visitorOf(request: IncomingMessage, isAsking = true): Visitor | null {
    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return isSameSecret(bearer, this.#token) ? holderOf(request) : null;
    const secret = cookieValue(request, this.#options);
    const visitor =
      secret === null ? null : this.#sessions.visitorOf(secret, (one) => this.#current(one), isAsking);
    return visitor ?? (this.#mustLogIn ? null : LOCAL_VISITOR);
  }

  get #mustLogIn(): boolean {
    return this.#options.mustLogIn || this.#oidc !== null || this.#users.all.size > 0;
  }

  /** The visitor, who has this role at least. Throws `login_required`, or `forbidden`. */
  admit(visitor: Visitor | null, needed: Role): Visitor {
    if (visitor === null) throw loginRequired();
    if (mayDo(visitor.role, needed)) return visitor;
    const way =
      visitor === LOCAL_VISITOR
        ? 'It touches secrets of the server’s user. Open the link that "tokenwatch start" printed, or a new one from "tokenwatch open".'
        : `"${visitor.name}" is ${visitor.role}. Ask an admin.`;
    throw new TokenWatchError('forbidden', `This needs the role ${needed}. ${way}`);
  }

  tell(visitor: Visitor | null): SessionAnswer {
    return {
      name: visitor?.name ?? null,
      role: visitor?.role ?? null,
      mustLogIn: this.#mustLogIn,
      hasUsers: this.#users.all.size > 0,
      provider: this.#oidc?.label ?? null,
    };
  }

  /** Throws `login_failed`, or `too_many_logins` with `retry-after`. */
  async logIn(
    request: IncomingMessage,
    { name, password }: { readonly name: string; readonly password: string },
  ): Promise<CameIn> {
    const user = await this.#checked(name, password, addressOf(request), 'login');
    const visitor = { name: user.name, role: user.role };
    this.#options.record.told(visitor, 'login', { by: 'password' });
    return this.#begin(request, visitor, stampOf(user.password));
  }

  /** Sets another password: every session of before ends, but for a new one here. Throws as a login does. */
  async changePassword(
    request: IncomingMessage,
    visitor: Visitor,
    { password, newPassword }: { readonly password: string; readonly newPassword: string },
  ): Promise<CameIn> {
    if (!this.#users.all.has(visitor.name))
      throw new TokenWatchError(
        'invalid_argument',
        `"${visitor.name}" has no password here. Whoever logged in with one can change it.`,
      );
    assertPassword(newPassword);
    await this.#checked(visitor.name, password, addressOf(request), 'password change');
    this.#users.change(visitor.name, { password: await hashPassword(newPassword) });
    this.#options.record.told(visitor, 'password change');
    return this.#begin(request, visitor, stampOf(this.#users.all.get(visitor.name)?.password ?? ''));
  }

  async #checked(name: string, password: string, address: string, action: string): Promise<User> {
    const waitMs = this.#throttle.waitMs(name, address);
    if (waitMs > 0) throw tooManyLogins(waitMs);
    // Counted before it is looked at: many at once would all be looked at, otherwise.
    this.#throttle.failed(name, address);
    const user = this.#users.all.get(name) ?? null;
    const isLong = password.length > PASSWORD_CHARACTERS_MAX;
    const isRight = await this.#passwords.matches(isLong ? '' : password, user?.password ?? null);
    if (isRight === null) {
      this.#throttle.unjudged(name, address);
      throw tooManyLogins(1000);
    }
    if (!isRight || user === null || isLong) {
      this.#options.record.failed(user?.name ?? null, action, `wrong name or password, from ${address}`);
      throw new TokenWatchError('login_failed', 'The name or the password is wrong.');
    }
    this.#throttle.succeeded(name, address);
    return user;
  }

  /**
   * Sends the browser to the identity provider, from where it comes back to the same view of the page. Throws `no_data`
   * where there is none, or `login_unavailable`.
   */
  async beginOidc(
    view: string,
    asAnother: boolean,
  ): Promise<{ readonly url: string; readonly cookie: string }> {
    const { url, sealed } = await this.#provider().begin(view, asAnother);
    const way = { isSecure: this.#isOidcSecure, forOidc: true, maxAgeS: OIDC_LOGIN_MS / 1000 };
    return { url, cookie: cookieHeader(sealed, way) };
  }

  /** It is back, with this query. Throws why it is not let in. */
  async finishOidc(request: IncomingMessage, query: string): Promise<CameIn & { readonly view: string }> {
    const provider = this.#provider();
    const address = addressOf(request);
    const way = { isSecure: this.#isOidcSecure, forOidc: true };
    // Any page can send a browser here. Without a beginning nobody is asked, and nothing counts.
    const begun = provider.begunBy(cookieValue(request, way));
    // A code cannot be guessed: for one that is wrong no passwords of that address are put off.
    const account = `oidc ${networkOf(address)}`;
    const waitMs = this.#throttle.waitMs(account, null);
    if (waitMs > 0) throw tooManyLogins(waitMs);
    const leave = this.#atProvider.enter(account);
    if (leave === null) throw tooManyLogins(BUSY_WAIT_MS);
    try {
      const { visitor, leaveUrl, view } = await provider.finish(query, begun);
      this.#throttle.succeeded(account, null);
      this.#options.record.told(visitor, 'login', { by: this.#options.oidc?.issuer });
      const stamp = stampOf(this.#options.oidc);
      const { cookies } = this.#begin(request, visitor, stamp, leaveUrl, this.#isOidcSecure);
      return { visitor, view, cookies: [...cookies, cookieHeader('', { ...way, maxAgeS: 0 })] };
    } catch (error) {
      if (!(error instanceof TokenWatchError)) throw error;
      // Whom the provider knows has guessed nothing, whatever they may do here.
      if (error.code === 'login_failed') this.#throttle.failed(account, null);
      if (error.code !== 'login_unavailable')
        this.#options.record.failed(
          '(by the identity provider)',
          'login',
          `${error.message} From ${address}`,
        );
      throw error;
    } finally {
      leave();
    }
  }

  /** Ends the visitor's session. */
  logOut(request: IncomingMessage): {
    readonly cookies: readonly string[];
    readonly leaveUrl: string | null;
  } {
    const secret = cookieValue(request, this.#options);
    const ended = secret === null ? null : this.#sessions.end(secret);
    if (ended !== null) this.#options.record.told(ended.visitor, 'logout');
    return { cookies: this.#noCookies(), leaveUrl: ended?.leaveUrl ?? null };
  }

  /** Ends all sessions of one name, or, for null, of everybody. Whoever asks is told of in the audit log. */
  logOutEverywhere(visitor: Visitor, name: string | null): number {
    const ended = this.#sessions.endAll(name);
    this.#options.record.told(visitor, 'logout everywhere', { of: name ?? 'everybody', sessions: ended });
    return ended;
  }

  /** The path of a link that opens a session with all rights, once, within a quarter of an hour. */
  newLink(visitor: Visitor): string {
    const nowMs = this.#clock.now();
    for (const [code, untilMs] of this.#codes) if (untilMs <= nowMs) this.#codes.delete(code);
    if (this.#codes.size >= CODES_MAX) throw tooManyLogins(CODE_LIFETIME_MS);
    const code = newLinkCode();
    this.#codes.set(code, nowMs + CODE_LIFETIME_MS);
    this.#options.record.told(visitor, 'link');
    return `/open/${code}`;
  }

  /** The cookies' headers; null for a link that is over, was used, or never was. */
  open(request: IncomingMessage, code: string): readonly string[] | null {
    const untilMs = this.#codes.get(code);
    this.#codes.delete(code);
    if (untilMs === undefined || untilMs <= this.#clock.now()) return null;
    this.#options.record.told(TOKEN_VISITOR, 'login', { by: 'link' });
    return this.#begin(request, TOKEN_VISITOR, null).cookies;
  }

  users(): readonly Omit<User, 'password'>[] {
    return [...this.#users.all.values()].map(({ password: _hidden, ...user }) => user);
  }

  /** A new session; the one that the browser had is over, so that nobody can have prepared it. */
  #begin(
    request: IncomingMessage,
    visitor: Visitor,
    stamp: string | null,
    leaveUrl: string | null = null,
    isSecure = this.#options.isSecure,
  ): CameIn {
    const earlier = cookieValue(request, this.#options);
    if (earlier !== null) this.#sessions.end(earlier);
    const secret = this.#sessions.begin(visitor, stamp, leaveUrl);
    return { visitor, cookies: [cookieHeader(secret, { isSecure })] };
  }

  #noCookies(): readonly string[] {
    const ways = new Set([this.#options.isSecure, this.#isOidcSecure]);
    return [...ways].map((isSecure) => cookieHeader('', { isSecure, maxAgeS: 0 }));
  }

  /** A proxy before this port may speak TLS for it. */
  get #isOidcSecure(): boolean {
    return this.#options.isSecure || this.#options.oidc?.redirectUrl.startsWith('https:') === true;
  }

  #provider(): OidcLogin {
    if (this.#oidc !== null) return this.#oidc;
    throw new TokenWatchError(
      'no_data',
      'No identity provider is set (TOKENWATCH_OIDC_ISSUER): log in by name and password.',
    );
  }

  #oidcOf(settings: OidcSettings | null): OidcLogin | null {
    const { fetch: way = fetch } = this.#options;
    return settings && new OidcLogin({ settings, clock: this.#clock, fetch: way });
  }

  /** Credentials and role as they are now. Those of the identity provider hold until its settings change. */
  #current({ name, role }: Visitor): { readonly stamp: string; readonly role: Role } | null {
    if (OIDC_NAME.test(name)) return this.#oidc && { stamp: stampOf(this.#options.oidc), role };
    const user = this.#users.all.get(name);
    return user === undefined ? null : { stamp: stampOf(user.password), role: user.role };
  }
}

export function newLinkCode(): string {
  return randomBytes(CODE_BYTES).toString('base64url');
}

export function loginRequired(): TokenWatchError {
  return new TokenWatchError(
    'login_required',
    'Log in first. "tokenwatch open" prints a link for whoever can read the data folder; "tokenwatch user add" makes a user.',
    { headers: { 'www-authenticate': 'Bearer realm="TokenWatch"' } },
  );
}

function tooManyLogins(waitMs: number): TokenWatchError {
  const seconds = Math.ceil(waitMs / 1000);
  return new TokenWatchError('too_many_logins', `Too many attempts to log in. Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}

/** The token's holder may do everything: that a command says who types it is believed. */
function holderOf({ headers }: IncomingMessage): Visitor {
  const user = headers[COMMAND_USER_HEADER];
  return typeof user === 'string' ? commandVisitor(decoded(user)) : TOKEN_VISITOR;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '';

/** Changes with what it is of, a password or settings: sessions from before it end. */
function stampOf(of: unknown): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('base64url');
}
