// Who is logged in, in the page's head, and the way out.

import type { LeaveAnswer, SessionAnswer } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { Button } from '../parts/controls.tsx';

/** Nothing for whoever need not log in. */
export function VisitorButton(props: { readonly session: SessionAnswer; readonly onLeft: () => void }) {
  const { name, role } = props.session;
  if (name === null || name === 'local') return null;
  const leave = async (): Promise<void> => {
    const left = await ask<LeaveAnswer>('/api/session', { method: 'DELETE' }).catch(() => null);
    // Whoever let the visitor in has a session of its own, which would let in whoever comes next.
    if (left?.leaveUrl) window.location.assign(left.leaveUrl);
    else props.onLeft();
  };
  const who = name === 'token' ? 'all rights' : `${name} (${role})`;
  return (
    <Button kind="quiet" onClick={() => void leave()} title={`Logged in: ${who}`}>
      Log out
    </Button>
  );
}
