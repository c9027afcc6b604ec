// The command palette (⌘K): every place and action of the page by name.

import { useEffect, useId, useLayoutEffect, useState } from 'preact/hooks';
import { foundCommands } from './found-commands.ts';
import { useModal } from './modal.ts';

export interface Command {
  readonly name: string;
  readonly hint?: string;
  readonly run: () => void;
}

export function Palette(props: { readonly commands: readonly Command[]; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const modal = useModal(props.onClose);
  const listId = useId();
  const found = foundCommands(props.commands, text);
  const index = Math.min(chosen, Math.max(0, found.length - 1));
  // The list is longer than its place.
  useEffect(
    () => document.getElementById(`${listId}-${index}`)?.scrollIntoView({ block: 'nearest' }),
    [index],
  );
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    modal.close();
    command.run();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen((index + 1) % Math.max(1, found.length));
    else if (event.key === 'ArrowUp') setChosen((index - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') run(found[index]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog {...modal.props} class="palette" aria-label="Commands">
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={found.length === 0 ? undefined : `${listId}-${index}`}
        aria-label="Search commands"
        placeholder="Go to, set, find …"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={press}
      />
      <div id={listId} role="listbox" aria-label="Commands">
        {found.map((command, position) => (
          <div
            key={command.name}
            id={`${listId}-${position}`}
            role="option"
            aria-selected={position === index}
            onClick={() => run(command)}
            onMouseMove={() => setChosen(position)}
          >
            <span>{command.name}</span>
            {command.hint !== undefined && <small>{command.hint}</small>}
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="quiet-line">No command has these words.</p>}
    </dialog>
  );
}

/** As the keyboard before it has them. */
export const PALETTE_KEYS = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K';

/** Opens on ⌘K and Ctrl-K. */
export function usePaletteKey(onOpen: () => void): void {
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      onOpen();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [onOpen]);
}
