// The live socket's state for components.

import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
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
  useEffect(() => live.onNews(listener), [live, listener]);
}
