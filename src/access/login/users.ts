// Who may log in: a file of the data folder, with a name, a role and a password's hash each. Read again when it has
// changed, so that a user who was removed by the command line is out at once.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../../core/errors.ts';
import { readPrivateFile, writePrivateFile } from '../../record/private-file.ts';
import { isRole, type Role } from './role.ts';

export interface User {
  readonly name: string;
  readonly role: Role;
  /** A PHC string. */
  readonly password: string;
  readonly createdAtMs: number;
}

const NAME = 'users.json';
const NAME_FORM = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,99}$/u;
/** What says who asks where nobody has logged in. */
const TAKEN: ReadonlySet<string> = new Set(['local', 'token', 'cli']);

const PASSWORD_CHARACTERS_MIN = 12;
const PASSWORD_CHARACTERS_MAX = 1000;

/** Throws `invalid_argument` for one that is too short or too long. */
export function assertPassword(password: string): void {
  if (password.length >= PASSWORD_CHARACTERS_MIN && password.length <= PASSWORD_CHARACTERS_MAX) return;
  throw new TokenWatchError(
    'invalid_argument',
    `The password has ${password.length} characters. Choose one of ${PASSWORD_CHARACTERS_MIN} to ${PASSWORD_CHARACTERS_MAX}.`,
  );
}

export class UserFile {
  readonly #path: string;
  #users: ReadonlyMap<string, User> = new Map();
  /** Of the file that was read: when it was changed, and its length. */
  #seen: string | null = null;

  constructor(dataDir: string) {
    this.#path = join(dataDir, NAME);
  }

  /** By name. Throws `storage_failed` for a file that cannot be read: then nobody is let in. */
  get all(): ReadonlyMap<string, User> {
    const now = stampOf(this.#path);
    if (now !== this.#seen) {
      this.#users = read(this.#path);
      this.#seen = now;
    }
    return this.#users;
  }

  /** Throws `invalid_argument` for a name that is none, or is taken. */
  add(user: User): void {
    if (!NAME_FORM.test(user.name) || TAKEN.has(user.name))
      throw new TokenWatchError(
        'invalid_argument',
        `"${user.name}" cannot be a user's name. Use letters, digits, and . _ @ + - inside, 100 characters at the most; "local", "token" and "cli" mean something else.`,
      );
    if (this.all.has(user.name))
      throw new TokenWatchError('invalid_argument', `There is a user "${user.name}" already.`);
    this.#write([...this.all.values(), user]);
  }

  /** Throws `no_data` for a user that does not exist. */
  change(name: string, changes: Partial<Pick<User, 'role' | 'password'>>): void {
    const user = this.#known(name);
    this.#write([...this.all.values()].map((one) => (one === user ? { ...user, ...changes } : one)));
  }

  /** Throws `no_data` for a user that does not exist. */
  remove(name: string): void {
    const user = this.#known(name);
    this.#write([...this.all.values()].filter((one) => one !== user));
  }

  #known(name: string): User {
    const user = this.all.get(name);
    if (user !== undefined) return user;
    const names = [...this.all.keys()].join(', ');
    throw new TokenWatchError(
      'no_data',
      `There is no user "${name}"${names === '' ? ', nor any other' : `. There are: ${names}`}.`,
    );
  }

  #write(users: readonly User[]): void {
    writePrivateFile(this.#path, `${JSON.stringify({ users }, null, 2)}\n`);
    this.#seen = null;
  }
}

function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? 'none' : `${found.mtimeNs} ${found.size} ${found.ino}`;
}

function read(path: string): ReadonlyMap<string, User> {
  const broken = (what: string, cause?: unknown): TokenWatchError =>
    new TokenWatchError(
      'storage_failed',
      `The file of users ${path} cannot be read: ${what}. Mend it, or remove it and add the users again.`,
      { cause },
    );
  let text: string | null;
  try {
    text = readPrivateFile(path);
  } catch (error) {
    throw broken((error as Error).message, error);
  }
  return text === null ? new Map() : parsed(text, broken);
}

function parsed(text: string, broken: (what: string) => TokenWatchError): ReadonlyMap<string, User> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('it is no JSON');
  }
  const list = (value as { users?: unknown } | null)?.users;
  if (!Array.isArray(list)) throw broken('it has no list of "users"');
  return new Map(
    list.map((entry: unknown) => {
      const { name, role, password, createdAtMs } = (entry ?? {}) as Record<string, unknown>;
      if (typeof name !== 'string' || typeof password !== 'string')
        throw broken('a user lacks its name or password');
      if (typeof role !== 'string' || !isRole(role)) throw broken(`the role of "${name}" is none`);
      return [name, { name, role, password, createdAtMs: Number(createdAtMs) || 0 }] as const;
    }),
  );
}
