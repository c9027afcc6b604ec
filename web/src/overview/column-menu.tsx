// Which columns the table shows.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../parts/controls.tsx';
import { COLUMNS, type Column } from './request-columns.tsx';

export function ColumnMenu(props: {
  readonly shown: readonly Column[];
  readonly onToggle: (name: string) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  // Not a frame later: the key that follows closes it.
  useLayoutEffect(() => {
    if (!isOpen) return;
    const leave = (event: Event): void => {
      const isKey = event instanceof KeyboardEvent;
      if (isKey ? event.key === 'Escape' : !element.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener('pointerdown', leave);
    addEventListener('keydown', leave);
    return () => {
      removeEventListener('pointerdown', leave);
      removeEventListener('keydown', leave);
    };
  }, [isOpen]);
  return (
    <div class="menu" ref={element}>
      <Button kind="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Columns
      </Button>
      {isOpen && (
        <fieldset class="menu-list">
          <legend class="unseen">Columns of the table</legend>
          {COLUMNS.map(({ name, label }) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={props.shown.some((column) => column.name === name)}
                onChange={() => props.onToggle(name)}
              />
              {label}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
