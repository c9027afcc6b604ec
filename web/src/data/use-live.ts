// The live socket's state for components.

import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { ReplayRun } from '../../../src/dashboard/contract.ts';
import { Live, type LiveNews, type LiveState } from './live.ts';

export const LiveContext = createContext(new Live());

export function useLive(): LiveState {
  const live = useContext(LiveContext);
  const [state, setState] = useState(live.state);
  useEffect(() => {
    setState(live.state);
    return live.onState(setState);
  }, [live]);
  return state;
}

export function useNews(listener: (news: LiveNews) => void): void {
  const live = useContext(LiveContext);
  // Before the next message: who heard the last one may know nothing of what was chosen since.
  useLayoutEffect(() => live.onNews(listener), [live, listener]);
}

export function useReplayNews(listener: (run: ReplayRun) => void): void {
  const live = useContext(LiveContext);
  useLayoutEffect(() => live.onReplay(listener), [live, listener]);
}
