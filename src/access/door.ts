// The door of the dashboard: who a visitor is, what they may ask, and how they come in: by a password, by a link that
// works once, by the data folder's token, or by another identity provider.

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { isSameSecret, openFolderToken } from './folder-token.ts';
import { LoginThrottle } from './login-throttle.ts';
import { PasswordCheck } from './password.ts';
import { LOCAL_VISITOR, mayDo, type Role, TOKEN_VISITOR, type Visitor } from './role.ts';
import { Sessions } from './sessions.ts';
import { type User, UserFile } from './users.ts';

/** What may change while it is open. */
export interface DoorWishes {
  /** Whether everybody must log in, even without any user. */
  readonly mustLogIn: boolean;
}

export interface DoorOptions extends DoorWishes {
  readonly dataDir: string;
  /** Whether the port speaks TLS: a cookie is bound to it. */
  readonly isSecure: boolean;
  /** Opens the first link, which `start` prints. */
  readonly code: string;
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
}

const CODE_BYTES = 24;
/** Links that were asked for and not opened. */
const CODES_MAX = 100;
const CODE_LIFETIME_MS = 15 * 60_000;
const PASSWORD_CHARACTERS_MAX = 1000;

export class Door {
  #options: DoorOptions;
  readonly #clock: Clock;
  #token: string;
  readonly #users: UserFile;
  readonly #sessions: Sessions;
  readonly #throttle: LoginThrottle;
  readonly #passwords = new PasswordCheck();
  /** Until when each may be opened. The first lasts until it is used. */
  readonly #codes = new Map<string, number>();

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#token = openFolderToken(options.dataDir);
    this.#users = new UserFile(options.dataDir);
    this.#sessions = new Sessions(this.#clock);
    this.#throttle = new LoginThrottle(this.#clock);
    this.#codes.set(options.code, Number.POSITIVE_INFINITY);
  }

  /** From now on. The data folder's token is read anew, or made where it was taken away. */
  retune(wishes: DoorWishes): void {
    this.#token = openFolderToken(this.#options.dataDir);
    this.#options = { ...this.#options, ...wishes };
  }

  /** Null for one that has to log in. Throws `storage_failed` where nobody can be let in. */
  visitorOf(request: IncomingMessage): Visitor | null {
    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return isSameSecret(bearer, this.#token) ? TOKEN_VISITOR : null;
    const secret = this.#secretOf(request);
    const visitor = secret === null ? null : this.#sessions.visitorOf(secret, (name) => this.#current(name));
    return visitor ?? (this.#mustLogIn ? null : LOCAL_VISITOR);
  }

  get #mustLogIn(): boolean {
    return this.#options.mustLogIn || this.#users.all.size > 0;
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
    };
  }

  /** Returns the visitor and the cookie's header. Throws `login_failed`, or `too_many_logins` with `retry-after`. */
  async logIn(
    { name, password }: { readonly name: string; readonly password: string },
    address: string,
  ): Promise<{ readonly visitor: Visitor; readonly cookie: string }> {
    const waitMs = this.#throttle.waitMs(name, address);
    if (waitMs > 0) throw tooManyLogins(waitMs);
    // Counted before it is looked at: many at once would all be looked at, otherwise.
    this.#throttle.failed(name, address);
    const user = this.#users.all.get(name) ?? null;
    const isLong = password.length > PASSWORD_CHARACTERS_MAX;
    const isRight = await this.#passwords.matches(isLong ? '' : password, user?.password ?? null);
    if (isRight === null) throw tooManyLogins(1000);
    if (!isRight || user === null || isLong)
      throw new TokenWatchError('login_failed', 'The name or the password is wrong.');
    this.#throttle.succeeded(name, address);
    const visitor = { name: user.name, role: user.role };
    return { visitor, cookie: this.#cookie(this.#sessions.begin(visitor, stampOf(user))) };
  }

  /** A session of somebody whom another identity provider has named. Returns the cookie's header. */
  begin(visitor: Visitor): string {
    return this.#cookie(this.#sessions.begin(visitor, null));
  }

  /** Ends the visitor's session. Returns the header that takes the cookie away. */
  logOut(request: IncomingMessage): string {
    const secret = this.#secretOf(request);
    if (secret !== null) this.#sessions.end(secret);
    return `${this.#cookie('')}; Max-Age=0`;
  }

  /** The path of a link that opens a session with all rights, once, within a quarter of an hour. */
  newLink(): string {
    const nowMs = this.#clock.now();
    for (const [code, untilMs] of this.#codes) if (untilMs <= nowMs) this.#codes.delete(code);
    if (this.#codes.size >= CODES_MAX) throw tooManyLogins(CODE_LIFETIME_MS);
    const code = newLinkCode();
    this.#codes.set(code, nowMs + CODE_LIFETIME_MS);
    return `/open/${code}`;
  }

  /** The cookie's header; null for a link that is over, was used, or never was. */
  open(code: string): string | null {
    const untilMs = this.#codes.get(code);
    this.#codes.delete(code);
    if (untilMs === undefined || untilMs <= this.#clock.now()) return null;
    return this.#cookie(this.#sessions.begin(TOKEN_VISITOR, null));
  }

  users(): readonly Omit<User, 'password'>[] {
    return [...this.#users.all.values()].map(({ password: _hidden, ...user }) => user);
  }

  #current(name: string): { readonly stamp: string; readonly role: Role } | null {
    const user = this.#users.all.get(name);
    return user === undefined ? null : { stamp: stampOf(user), role: user.role };
  }

  get #cookieName(): string {
    return this.#options.isSecure ? '__Host-tokenwatch' : 'tokenwatch';
  }

  #cookie(value: string): string {
    const secure = this.#options.isSecure ? '; Secure' : '';
    return `${this.#cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }

  #secretOf({ headers }: IncomingMessage): string | null {
    for (const part of (headers.cookie ?? '').split(';')) {
      const at = part.indexOf('=');
      if (part.slice(0, at).trim() === this.#cookieName) return part.slice(at + 1).trim() || null;
    }
    return null;
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

/** Changes with the password: sessions from before it end. */
function stampOf({ password }: User): string {
  return createHash('sha256').update(password).digest('base64url');
}
