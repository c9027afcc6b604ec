// What stands where figures do not: before they come, when there are none, when they cannot be had.

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Answer } from '../data/use-answer.ts';
import { moment, count as whole } from '../format.ts';
import { Button } from './controls.tsx';
import type { Place } from './still.ts';

/** In pixels; the second where what will stand there is taller on a phone. */
export type Height = number | readonly [wide: number, narrow: number];

interface SkeletonProps {
  readonly height: Height;
  /** To the pixel. What follows any other is not shown before it is known how tall that is: nothing jumps. */
  readonly isExact?: boolean;
}

/** About as large as what will stand there. */
export function Skeleton({ height, isExact = false }: SkeletonProps) {
  const [wide, narrow] = typeof height === 'number' ? [height, height] : height;
  return (
    <div
      class={isExact ? 'skeleton exact' : 'skeleton'}
      style={{ '--height': `${wide}px`, '--narrow-height': `${narrow}px` }}
      aria-hidden="true"
    />
  );
}

export function Fault(props: {
  readonly what: string;
  readonly fault: string;
  readonly onRetry: () => void;
}) {
  return (
    <div class="fault" role="alert">
      <p>
        {props.what}: {props.fault}
      </p>
      <Button onClick={props.onRetry}>Try again</Button>
    </div>
  );
}

const OUTAGE_LOOK_MS = 10_000;

type Listed = Answer<{ readonly fault: string | null }>;

/** A server that has never reached its database lists nothing, and does not know that there is none. */
export const isFromMemory = ({ value }: Pick<Listed, 'value'>): boolean => (value?.fault ?? null) !== null;

/** Above what a server lists from memory, which goes on without its database. */
export function Outage(props: { readonly of: Pick<Listed, 'value' | 'reload'> }) {
  const { value, reload } = props.of;
  const fault = value?.fault ?? null;
  useEffect(() => {
    if (fault === null) return;
    const timer = setInterval(reload, OUTAGE_LOOK_MS);
    return () => clearInterval(timer);
  }, [fault, reload]);
  if (fault === null) return null;
  return (
    <div class="fault outage" role="status">
      <p>
        <b>From this server’s memory.</b> {fault} What other proxies changed since then is not seen. Traffic
        can be stopped, and keys revoked, all the same; every other change waits for the database.
      </p>
      <Button onClick={reload}>Look again</Button>
    </div>
  );
}

/** Until an answer is here, and beside an old one where a newer could not be had. */
export function Pending(props: {
  readonly of: Pick<Answer<unknown>, 'value' | 'fault' | 'reload'>;
  /** What is wrong where it does not come: `The rules cannot be loaded`. */
  readonly what: string;
  /** Of what will stand there. */
  readonly height: Height;
}) {
  const { value, fault, reload } = props.of;
  if (fault !== null) return <Fault what={props.what} fault={fault} onRetry={reload} />;
  return value === null ? <Skeleton height={props.height} /> : null;
}

/** The same, of what is one of several whose fault is told once for all of them. */
export function Awaited({
  of,
  ...skeleton
}: SkeletonProps & { readonly of: Pick<Answer<unknown>, 'fault'> }) {
  if (of.fault !== null) return <p class="quiet-line">Not known.</p>;
  return <Skeleton {...skeleton} />;
}

/** What was done, but not wholly; nothing for null. */
export function Warning({ text }: { readonly text: string | null }) {
  if (text === null) return null;
  return (
    <p class="fault outage" role="status">
      {text}
    </p>
  );
}

/** What was refused, or did not work; nothing for null. */
export function Alert({ text }: { readonly text: string | null }) {
  if (text === null) return null;
  return (
    <p class="fault" role="alert">
      {text}
    </p>
  );
}

export function Nothing(props: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="nothing">
      <p class="nothing-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** Under what is made of requests themselves, where the oldest of the span were deleted. */
export function OnlySums({ rowsFromMs }: { readonly rowsFromMs: number }) {
  if (rowsFromMs === 0) return null;
  return (
    <p class="quiet-line" role="note">
      Requests from before {moment(rowsFromMs)} were deleted (<code>TOKENWATCH_RECORD_RETENTION_DAYS</code>):
      they are in totals only.
    </p>
  );
}

/** Above figures that are narrowed by a text. */
export function SearchedFrom({ fromMs }: { readonly fromMs: number }) {
  if (fromMs === 0) return null;
  return (
    <p class="quiet-line" role="note">
      A text is looked for in every request, so these figures are of the newest ones only, since{' '}
      {moment(fromMs)}. By application, model, tag or session they are of the whole span.
    </p>
  );
}

/** Where a filter narrows very many sessions. */
export function OfDearest({ count }: { readonly count: number | null }) {
  if (count === null) return null;
  return (
    <p class="quiet-line" role="note">
      Of the {whole(count)} sessions of this span that cost most as a whole: another one may have spent more
      of what the filter leaves. In a shorter span all are looked at.
    </p>
  );
}

export function Card(props: {
  readonly title?: string;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly testId?: string;
  readonly isFlush?: boolean;
}) {
  return (
    <section
      class={props.isFlush ? 'card flush' : 'card'}
      data-testid={props.testId}
      aria-label={props.title}
    >
      {props.title !== undefined && (
        <header class="card-head">
          <h2>{props.title}</h2>
          {props.tools}
        </header>
      )}
      {props.children}
    </section>
  );
}

/** What may be wider than its place: reached and scrolled by keyboard, too. */
export function Scrolls(props: {
  readonly label: string;
  readonly isOld?: boolean;
  readonly place?: Place;
  readonly children: ComponentChildren;
}) {
  return (
    <section
      class={props.isOld ? 'scroll-x old' : 'scroll-x'}
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
      tabIndex={0}
      {...props.place}
    >
      {props.children}
    </section>
  );
}
