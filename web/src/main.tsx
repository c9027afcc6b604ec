// The dashboard's entry: puts the page into the document, and opens the live socket.

import { render } from 'preact';
import { Entry } from './access/entry.tsx';
import { Live } from './data/live.ts';
import { LiveContext } from './data/use-live.ts';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/overview.css';
import './style/tabs.css';
import { setTheme, storedTheme } from './theme.ts';

setTheme(storedTheme());
const live = new Live();
const place = document.getElementById('app');
if (place !== null)
  render(
    <LiveContext.Provider value={live}>
      <Entry onOpen={() => live.start()} />
    </LiveContext.Provider>,
    place,
  );
