// The page's frame: four tabs under one span of time, the connection's state, the command palette.

import { useEffect, useMemo, useState } from 'preact/hooks';
import type { SessionAnswer, StatusAnswer } from '../../src/dashboard/contract.ts';
import { VisitorButton, visitorOf } from './access/visitor.tsx';
import { type Go, SPANS, type Span, type Tab, useAddress } from './address.ts';
import type { Connection } from './data/live.ts';
import { useMayChange } from './data/may-change.ts';
import { useAnswer } from './data/use-answer.ts';
import { useLive } from './data/use-live.ts';
import { Overview } from './overview/overview.tsx';
import { Button, Segmented } from './parts/controls.tsx';
import { keepFocus } from './parts/kept-focus.ts';
import { latePart } from './parts/late-part.tsx';
import { type Command, PALETTE_KEYS, Palette, usePaletteKey } from './parts/palette.tsx';
import { PlaceLink } from './parts/place-link.tsx';
import { SECTIONS } from './system/sections.ts';
import { nextTheme, setTheme } from './theme.ts';

// The other tabs come when they are opened: the first load stays small.
const Cost = latePart(async () => (await import('./cost/cost.tsx')).Cost);
const Experiments = latePart(async () => (await import('./experiments/experiments.tsx')).Experiments);
const System = latePart(async () => (await import('./system/system.tsx')).System);

const TAB_WORDS: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  cost: 'Cost',
  experiments: 'Experiments',
  system: 'System',
};

const SPAN_WORDS: Readonly<Record<(typeof SPANS)[number], string>> = {
  '1h': '1 h',
  '24h': '24 h',
  '7d': '7 d',
  '30d': '30 d',
  all: 'All',
};

const CONNECTION_WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  stale: 'No news: the figures may be old',
  lost: 'Connection lost, trying again',
};

/** On a phone. */
const SHORT_CONNECTION_WORDS: Readonly<Record<Connection, string>> = {
  connecting: '',
  live: '',
  stale: 'Old',
  lost: 'Lost',
};

const STATUS_REFRESH_MS = 15_000;
const STATUS_SOON_MS = 1000;
/** Tabs that tell of a span of time. */
const SPANNED: ReadonlySet<Tab> = new Set(['overview', 'cost']);

export function Page(props: { readonly session: SessionAnswer; readonly onLeft: () => void }) {
  const [address, go] = useAddress();
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const { connection, tick } = useLive();
  const status = useAnswer<StatusAnswer>('/api/status', {
    everyMs: STATUS_REFRESH_MS,
    soonMs: STATUS_SOON_MS,
    tick: 0,
  });
  const openPalette = useMemo(() => () => setPaletteOpen(true), []);
  usePaletteKey(openPalette);
  useEffect(keepFocus, []);
  const mayChange = useMayChange();
  const isEmpty = status.value?.isEmpty ?? false;
  const visitor = visitorOf(props.session);
  // The first request ever turns the page from its first steps into figures.
  useEffect(() => {
    if (isEmpty && tick > 0) status.reload();
  }, [isEmpty, tick]);
  useEffect(() => {
    document.title = address.tab === 'overview' ? 'TokenWatch' : `${TAB_WORDS[address.tab]} · TokenWatch`;
  }, [address.tab]);

  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="masthead">
        <div>
          <h1 class="brand">
            <img src="/icon.svg" alt="" width="22" height="22" />
            <span>TokenWatch</span>
          </h1>
          <nav class="tabs" aria-label="Tabs">
            {(Object.keys(TAB_WORDS) as Tab[]).map((tab) => (
              <PlaceLink
                key={tab}
                href={tab === 'overview' ? '/' : `/?tab=${tab}`}
                isHere={tab === address.tab}
                onGo={() => go({ tab })}
              >
                {TAB_WORDS[tab]}
              </PlaceLink>
            ))}
          </nav>
          <div class="tools">
            <p class={`connection ${connection}`} role="status">
              <span>{CONNECTION_WORDS[connection]}</span>
              <span aria-hidden="true">{SHORT_CONNECTION_WORDS[connection]}</span>
            </p>
            {SPANNED.has(address.tab) && !isEmpty && <SpanChoice span={address.span} go={go} />}
            <Button kind="quiet" onClick={openPalette} title={`Commands (${PALETTE_KEYS})`}>
              <kbd>{PALETTE_KEYS}</kbd>
              <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                <circle cx="9" cy="9" r="5.5" />
                <path d="m13 13 4 4" />
              </svg>
              <span class="unseen">Commands</span>
            </Button>
            <VisitorButton {...props} />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {address.tab === 'overview' && <Overview address={address} go={go} status={status.value} />}
        {address.tab === 'cost' && <Cost address={address} go={go} isEmpty={isEmpty} />}
        {address.tab === 'experiments' && <Experiments address={address} go={go} />}
        {address.tab === 'system' && (
          <System address={address} go={go} status={status.value} session={props.session} />
        )}
      </main>
      <footer class="page-footer">
        {status.value !== null && (
          <>
            TokenWatch {status.value.version} · proxy at {status.value.proxyUrl} · records in{' '}
            {status.value.dataDir}
          </>
        )}
        {visitor !== null && <span class="visitor-below">Logged in as {visitor}</span>}
      </footer>
      {isPaletteOpen && (
        <Palette commands={commandsOf(go, mayChange)} onClose={() => setPaletteOpen(false)} />
      )}
    </>
  );
}

function SpanChoice({ span, go }: { readonly span: Span; readonly go: Go }) {
  return (
    <Segmented
      label="Time span"
      choices={SPANS.map((value) => ({ value: value as Span, label: SPAN_WORDS[value] }))}
      value={span}
      onChoose={(chosen) => go({ span: chosen })}
    />
  );
}

/** What can be set under System, by the dialog that sets it. */
const SYSTEM_DIALOGS = [
  { name: 'Set a budget', section: 'budgets', dialog: 'budget' },
  { name: 'Add a routing rule', section: 'routes', dialog: 'route' },
  { name: 'Add a tag rule', section: 'tags', dialog: 'tag' },
  { name: 'Add a cache rule', section: 'cache', dialog: 'cache-rule' },
  { name: 'Add an archive rule', section: 'prompts', dialog: 'archive-rule' },
  { name: 'Add an upstream', section: 'upstreams', dialog: 'upstream' },
  { name: 'Make an access key', section: 'keys', dialog: 'key' },
];

function commandsOf(go: Go, mayChange: boolean): readonly Command[] {
  return [
    ...(Object.keys(TAB_WORDS) as Tab[]).map((tab) => ({
      name: `Go to ${TAB_WORDS[tab]}`,
      run: () => go({ tab }),
    })),
    ...SECTIONS.map(({ name, label }) => ({
      name: `Go to ${label}`,
      hint: 'System',
      run: () => go({ tab: 'system', rest: { section: name } }),
    })),
    ...SPANS.map((span) => ({
      name: `Show ${SPAN_WORDS[span]}`,
      hint: 'Time span',
      run: () => go({ span }),
    })),
    {
      name: 'List sessions',
      hint: 'Overview',
      run: () => go({ tab: 'overview', rest: { view: 'sessions' } }),
    },
    {
      name: 'Show failed requests',
      hint: 'Overview',
      run: () => go({ tab: 'overview', filters: { outcome: 'upstream_error' } }),
    },
    {
      name: 'Show refused requests',
      hint: 'Overview',
      run: () => go({ tab: 'overview', filters: { outcome: 'refused' } }),
    },
    ...(mayChange ? changesOf(go) : []),
    { name: 'Light, dark or as the system', hint: 'Theme', run: () => setTheme(nextTheme()) },
  ];
}

/** Not for viewers. */
function changesOf(go: Go): readonly Command[] {
  return [
    {
      name: 'Stop everything',
      hint: 'kill switch',
      run: () => go({ tab: 'system', rest: { section: 'budgets', new: 'kill' } }),
    },
    ...SYSTEM_DIALOGS.map(({ name, section, dialog }) => ({
      name,
      hint: 'System',
      run: () => go({ tab: 'system', rest: { section, new: dialog } }),
    })),
    {
      name: 'Start an A/B test',
      hint: 'Experiments',
      run: () => go({ tab: 'experiments', rest: { new: 'test' } }),
    },
    {
      name: 'Replay prompts',
      hint: 'Experiments',
      run: () => go({ tab: 'experiments', rest: { new: 'replay' } }),
    },
  ];
}
