// Why a viewer finds no buttons where others have them.

import { useMayChange } from '../data/may-change.ts';

export function ViewersNote() {
  if (useMayChange()) return null;
  return (
    <p class="hint" role="note">
      You are logged in as a viewer: figures and rules can be seen. Operators and admins change them, and read
      what was said.
    </p>
  );
}
