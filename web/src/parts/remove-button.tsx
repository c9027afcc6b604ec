// "Remove" beside an entry of a list, which asks once before it does.

import { useState } from 'preact/hooks';
import { Button } from './controls.tsx';
import { ConfirmDialog } from './dialog.tsx';

export function RemoveButton(props: {
  readonly name: string;
  /** What becomes of whatever it held for. */
  readonly words: string;
  readonly onRemove: () => Promise<unknown>;
}) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button forOperators kind="quiet" onClick={() => setAsking(true)}>
        Remove
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={`Remove ${props.name}?`}
          words={props.words}
          action="Remove"
          onConfirm={props.onRemove}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
