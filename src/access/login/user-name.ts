// Who types a command, for people.

import { userInfo } from 'node:os';

export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name: a container's number.
    return `user ${process.getuid?.() ?? ''}`.trim();
  }
}
