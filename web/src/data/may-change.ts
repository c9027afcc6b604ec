// Whether whoever looks may change anything and read what was said: viewers are offered neither.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

export const MayChangeContext = createContext(true);

export const useMayChange = (): boolean => useContext(MayChangeContext);
