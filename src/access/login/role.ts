// What a visitor of the dashboard may do. Each role may do all that those before it may.

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** Whether `role` may do what is for `needed`. */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Who asks, and how that is known. */
export interface Visitor {
  /** A user's name; `local` for whoever sits at the machine, `token` for whoever holds the data folder's token. */
  readonly name: string;
  readonly role: Role;
}

/** On a loopback address, without any user: everything but what takes the server user's secrets. */
export const LOCAL_VISITOR: Visitor = Object.freeze({ name: 'local', role: 'operator' });
/** With which a command says who types it, percent-encoded. */
export const COMMAND_USER_HEADER = 'x-tokenwatch-command-user';

/** Whoever types a command: they can read the data folder, and so do everything. */
export function commandVisitor(user: string): Visitor {
  // biome-ignore format: one rule a line
  const shown = user.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, NAME_CHARACTERS_MAX).trim();
  return { name: `${shown || 'somebody'} (command line)`, role: 'admin' };
}

const NAME_CHARACTERS_MAX = 100;
export const TOKEN_VISITOR: Visitor = Object.freeze({ name: 'token', role: 'admin' });
