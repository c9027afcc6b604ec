// What the page is narrowed to, and how to narrow it further.

import { useId, useState } from 'preact/hooks';
import { type Address, FILTERS, type FilterName, type Go, zoomedOut } from '../address.ts';
import { useSeen } from '../data/use-seen.ts';
import { bucketLabel } from '../format.ts';
import { Name } from '../parts/name.tsx';

const WORDS: Readonly<Record<FilterName, string>> = {
  app: 'Application',
  tag: 'Tag',
  model: 'Model',
  session: 'Session',
  upstream: 'Upstream',
  outcome: 'Result',
  key: 'Access key',
  text: 'Text',
};

export function FilterChips({ address, go }: { readonly address: Address; readonly go: Go }) {
  const [text, setText] = useState('');
  const listId = useId();
  const offers = useOffers(text);
  const set = FILTERS.flatMap((name) => {
    const value = address.filters[name];
    return value === undefined ? [] : [{ name, value }];
  });
  const whole = zoomedOut(address);
  const [fromMs = 0, toMs = 0] = address.span.split('-').map(Number);
  return (
    <form
      class="chips"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const [, name, value] = /^(\w+):(.+)$/.exec(text.trim()) ?? [];
        const filter = FILTERS.find((each) => each === name);
        if (filter !== undefined && value !== undefined) go({ filters: { [filter]: value.trim() } });
        else if (text.trim() !== '') go({ filters: { text: text.trim() } });
        setText('');
      }}
    >
      <label>
        <span class="unseen">Filter</span>
        <input
          type="search"
          placeholder="Filter: app:chat, model:gpt-4o, text"
          value={text}
          list={listId}
          autocomplete="off"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <datalist id={listId}>
          {offers.map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
      </label>
      {whole !== null && (
        <Chip
          name="Span"
          value={`${bucketLabel(fromMs)} – ${bucketLabel(toMs)}`}
          onRemove={() => go({ span: whole })}
        />
      )}
      {set.map(({ name, value }) => (
        <Chip
          key={name}
          name={WORDS[name]}
          value={value}
          onRemove={() => go({ filters: { [name]: null } })}
        />
      ))}
      {set.length > 1 && (
        <button
          type="button"
          class="button quiet"
          onClick={() => go({ filters: Object.fromEntries(FILTERS.map((name) => [name, null])) })}
        >
          Clear all
        </button>
      )}
    </form>
  );
}

/** What can be filtered by and, once that is typed, what there is of it. */
function useOffers(text: string): readonly string[] {
  const name = FILTERS.find((each) => text.startsWith(`${each}:`)) ?? null;
  const seen = useSeen(name === 'text' ? null : name);
  if (name === null) return FILTERS.map((each) => `${each}:`);
  return [...(name === 'outcome' ? ['failed'] : []), ...seen].map((value) => `${name}:${value}`);
}

function Chip(props: { readonly name: string; readonly value: string; readonly onRemove: () => void }) {
  return (
    <button
      type="button"
      class="chip"
      onClick={({ currentTarget, detail }) => {
        // By keyboard: it goes, and the focus with it.
        if (detail === 0) currentTarget.form?.querySelector('input')?.focus();
        props.onRemove();
      }}
      title={`Remove: ${props.name} ${props.value}`}
    >
      <span>{props.name}</span> <Name text={props.value} isOneLine /> <i aria-hidden="true">✕</i>
      <span class="unseen">remove</span>
    </button>
  );
}
