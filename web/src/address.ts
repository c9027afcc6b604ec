// What the page shows, as its address says it: tab, span, filters, the open request. A reload, a bookmark or a
// colleague who gets the link sees the same.

import { useLayoutEffect, useState } from 'preact/hooks';
import { RANGE_NAMES } from '../../src/dashboard/contract.ts';

const TABS = ['overview', 'cost', 'experiments', 'system'] as const;
export type Tab = (typeof TABS)[number];

export const SPANS = RANGE_NAMES;
/** A name, or `FROM-TO` in epoch milliseconds. */
export type Span = RangeName | `${number}-${number}`;
type RangeName = (typeof SPANS)[number];

export const FILTERS = ['app', 'tag', 'model', 'session', 'upstream', 'outcome', 'key', 'text'] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

export interface Address {
  readonly tab: Tab;
  readonly span: Span;
  /** Of which the span is a part that was zoomed into. */
  readonly whole: RangeName | null;
  readonly filters: Filters;
  /** Everything else that a tab keeps: `section`, `request`, `stack`, `by` … */
  readonly rest: Readonly<Record<string, string>>;
}

const USUAL = '24h';
const named = (text: string | null): RangeName | null => SPANS.find((name) => name === text) ?? null;
const SPAN_FORM = /^\d{1,15}-\d{1,15}$/;

function readAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  const tab = TABS.find((name) => name === parameters.get('tab')) ?? 'overview';
  const spanText = parameters.get('span') ?? USUAL;
  const span = named(spanText) ?? (SPAN_FORM.test(spanText) ? (spanText as Span) : USUAL);
  const filters: Partial<Record<FilterName, string>> = {};
  const rest: Record<string, string> = {};
  for (const [name, value] of parameters) {
    if (name === 'tab' || name === 'span' || name === 'whole') continue;
    const filter = FILTERS.find((each) => each === name);
    if (filter === undefined) rest[name] = value;
    else filters[filter] = value;
  }
  return { tab, span, whole: named(parameters.get('whole')), filters, rest };
}

function writeAddress({ tab, span, whole, filters, rest }: Address): string {
  const parameters = new URLSearchParams();
  if (tab !== 'overview') parameters.set('tab', tab);
  if (span !== USUAL) parameters.set('span', span);
  if (whole !== null) parameters.set('whole', whole);
  for (const [name, value] of Object.entries({ ...filters, ...rest })) {
    if (value !== undefined && value !== '') parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? '/' : `/?${text}`;
}

/** Parts to change; a part of `filters` or `rest` that is null goes. */
export interface AddressChange {
  readonly tab?: Tab;
  readonly span?: Span;
  readonly filters?: Readonly<Partial<Record<FilterName, string | null>>>;
  readonly rest?: Readonly<Record<string, string | null>>;
}

function changeAddress(address: Address, change: AddressChange): Address {
  const without = (values: Readonly<Record<string, string | null | undefined>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  const tab = change.tab ?? address.tab;
  const span = change.span ?? address.span;
  return {
    tab,
    span,
    whole: named(span) === null ? (named(address.span) ?? address.whole) : null,
    filters: without({ ...address.filters, ...change.filters }),
    // What belonged to the tab that is left stays behind.
    rest: without({ ...(tab === address.tab ? address.rest : {}), ...change.rest }),
  };
}

export type Go = (change: AddressChange, how?: 'push' | 'replace') => void;

export function useAddress(): readonly [Address, Go] {
  const [address, setAddress] = useState(() => readAddress(location.search));
  useLayoutEffect(() => {
    const read = (): void => setAddress(readAddress(location.search));
    addEventListener('popstate', read);
    return () => removeEventListener('popstate', read);
  }, []);
  const go: Go = (change, how = 'push') => {
    const next = changeAddress(readAddress(location.search), change);
    if (how === 'push') history.pushState(null, '', writeAddress(next));
    else history.replaceState(null, '', writeAddress(next));
    setAddress(next);
  };
  return [address, go];
}

/** Where a zoom leads back to; null where nothing was zoomed into. */
export const zoomedOut = ({ span, whole }: Pick<Address, 'span' | 'whole'>): Span | null =>
  named(span) === null ? (whole ?? USUAL) : null;

/** Parameters of a report: the span and, where it can be filtered, the filters. */
export function reportQuery(span: Span, filters: Filters = {}): string {
  const parameters = new URLSearchParams();
  if (SPAN_FORM.test(span)) {
    const [fromMs = '', toMs = ''] = span.split('-');
    parameters.set('from', fromMs);
    parameters.set('to', toMs);
  } else parameters.set('range', span);
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) parameters.set(name, value);
  return parameters.toString();
}
