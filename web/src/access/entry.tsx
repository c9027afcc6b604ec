// What comes before the page: a login, where the server asks for one.

import { useEffect, useState } from 'preact/hooks';
import type { SessionAnswer } from '../../../src/dashboard/contract.ts';
import { LOGGED_OUT } from '../data/ask.ts';
import { MayChangeContext } from '../data/may-change.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { Page } from '../page.tsx';
import { Fault } from '../parts/states.tsx';
import { Login } from './login.tsx';

export function Entry({ onOpen }: { readonly onOpen: () => void }) {
  const session = useAnswer<SessionAnswer>('/api/session');
  const { connection } = useLive();
  const { value } = session;
  const isIn = value !== null && value.name !== null;
  /** Whoever has left by themselves need not be told that they are out. */
  const [wasIn, setWasIn] = useState(false);
  useEffect(() => {
    if (!isIn) return;
    onOpen();
    setWasIn(true);
  }, [isIn]);
  const leave = (): void => {
    setWasIn(false);
    session.reload();
  };
  // A session that has ended, or a server that began anew, closes the socket: then it is asked who this is.
  useEffect(() => {
    if (connection === 'lost' && isIn) session.reload();
  }, [connection]);
  useEffect(() => {
    if (!isIn) return;
    addEventListener(LOGGED_OUT, session.reload);
    return () => removeEventListener(LOGGED_OUT, session.reload);
  }, [isIn, session.reload]);
  if (value === null)
    return session.fault === null ? null : (
      <main class="entry">
        <Fault what="TokenWatch cannot be reached" fault={session.fault} onRetry={session.reload} />
      </main>
    );
  if (value.name === null)
    return (
      <Login hasUsers={value.hasUsers} provider={value.provider} isOver={wasIn} onDone={session.reload} />
    );
  return (
    <MayChangeContext.Provider value={value.role !== 'viewer'}>
      <Page session={value} onLeft={leave} />
    </MayChangeContext.Provider>
  );
}
