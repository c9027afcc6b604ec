// What the user commands share: the users of a data folder, and the audit log that tells of changes to them.

import { isRole, ROLES, type Role } from '../access/login/role.ts';
import { type User, UserFile } from '../access/login/users.ts';
import { TokenWatchError } from '../core/errors.ts';
import { auditedChange } from './audited-change.ts';
import { type CommandContext, UsageError } from './command.ts';

/** Makes a change and tells the audit log. */
export async function changeUsers(
  context: CommandContext,
  action: string,
  name: string,
  change: (users: UserFile) => void,
): Promise<void> {
  const dataDir = context.settings().TOKENWATCH_DATA_DIR;
  const users = new UserFile(dataDir);
  const before = shown(users.all.get(name));
  await auditedChange(dataDir, { action: `${action} ${name}`, before }, () => {
    change(users);
    return shown(users.all.get(name));
  });
}

export function nameOf(context: CommandContext): string {
  const name = context.arguments[0];
  if (name !== undefined) return name;
  throw new UsageError('Which user? Give a name: "tokenwatch user list" shows them.');
}

export function roleOf(text: unknown): Role {
  const role = String(text);
  if (isRole(role)) return role;
  throw new TokenWatchError('invalid_argument', `"${role}" is no role. There are ${ROLES.join(', ')}.`);
}

function shown(user: User | undefined): Omit<User, 'password'> | null {
  if (user === undefined) return null;
  const { password: _hidden, ...rest } = user;
  return rest;
}
