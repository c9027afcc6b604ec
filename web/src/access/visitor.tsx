// Who is logged in, and the way out.

import type { LeaveAnswer, SessionAnswer } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { Button } from '../parts/controls.tsx';

const BY_PROVIDER = 'oidc:';

/** Null for whoever need not log in. */
export function visitorOf({ name, role }: SessionAnswer): string | null {
  if (name === null || name === 'local') return null;
  if (name === 'token') return `${role}, by a link`;
  return `${name.startsWith(BY_PROVIDER) ? name.slice(BY_PROVIDER.length) : name}, ${role}`;
}

/** Whether TokenWatch has no password of theirs. */
export const isByProvider = ({ name }: SessionAnswer): boolean => name?.startsWith(BY_PROVIDER) ?? false;

/** Nothing for whoever need not log in. */
export function VisitorButton(props: { readonly session: SessionAnswer; readonly onLeft: () => void }) {
  const visitor = visitorOf(props.session);
  if (visitor === null) return null;
  const leave = async (): Promise<void> => {
    const left = await ask<LeaveAnswer>('/api/session', { method: 'DELETE' }).catch(() => null);
    // Whoever let the visitor in has a session of its own, which would let in whoever comes next.
    if (left?.leaveUrl) window.location.assign(left.leaveUrl);
    else props.onLeft();
  };
  return (
    <>
      <span class="visitor" title={`Logged in as ${visitor}`}>
        {visitor}
      </span>
      <Button kind="quiet" onClick={() => void leave()} title={`Logged in as ${visitor}`}>
        Log out
      </Button>
    </>
  );
}
