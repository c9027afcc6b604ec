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
/** The command line, where no server runs. */
export const CLI_VISITOR: Visitor = Object.freeze({ name: 'cli', role: 'admin' });
export const TOKEN_VISITOR: Visitor = Object.freeze({ name: 'token', role: 'admin' });
