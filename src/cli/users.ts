// What the user commands share: the users of a data folder, and the audit log that tells of changes to them.

import { AuditLog } from '../access/audit-log.ts';
import { CLI_VISITOR, isRole, ROLES, type Role } from '../access/role.ts';
import { type User, UserFile } from '../access/users.ts';
import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { makePrivate } from '../record/private-folder.ts';
import type { CommandContext } from './command.ts';

/** Makes a change and tells the audit log. */
export function changeUsers(
  context: CommandContext,
  action: string,
  name: string,
  change: (users: UserFile) => void,
): void {
  const dataDir = context.settings().TOKENWATCH_DATA_DIR;
  makePrivate(dataDir);
  const users = new UserFile(dataDir);
  const log = new AuditLog(dataDir);
  log.assertWritable();
  const before = shown(users.all.get(name));
  change(users);
  const after = shown(users.all.get(name));
  const { name: who, role } = CLI_VISITOR;
  log.add({ who, role, action: `${action} ${name}`, before, after }, systemClock.now());
}

export function nameOf(context: CommandContext): string {
  const name = context.arguments[0];
  if (name !== undefined) return name;
  throw new TokenWatchError(
    'invalid_argument',
    'Which user? Give a name: "tokenwatch user list" shows them.',
  );
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
