// A dialog over the page, and the question that is asked before something that cannot be taken back.

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../data/ask.ts';
import { Button } from './controls.tsx';
import { useModal } from './modal.ts';
import { Alert } from './states.tsx';

export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly isWide?: boolean;
  /** What it shows is shown once: a click beside it does not close it. */
  readonly isKept?: boolean;
}) {
  const { element, close, props: modal } = useModal(props.onClose, props.isKept);
  useLayoutEffect(() => {
    // Whoever opens a form wants to fill it in, not to close it.
    element.current?.querySelector<HTMLElement>('form :is(input, select, textarea)')?.focus();
  }, []);
  return (
    <dialog {...modal} class={props.isWide ? 'dialog wide' : 'dialog'} aria-label={props.title}>
      <div class="dialog-body">
        <header>
          <h2>{props.title}</h2>
          <Button kind="quiet" aria-label="Close" onClick={close}>
            ✕
          </Button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

/** For the buttons below what was refused: on a phone both would stand below what is seen. */
export function useSeenFault(fault: string | null) {
  const footer = useRef<HTMLElement>(null);
  useEffect(() => {
    if (fault !== null) footer.current?.scrollIntoView({ block: 'nearest' });
  }, [fault]);
  return footer;
}

/** A form in a dialog: sends, shows what was refused, closes when it is done. */
export function FormDialog(props: {
  readonly title: string;
  readonly action: string;
  readonly isDanger?: boolean;
  readonly onSend: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const footer = useSeenFault(fault);
  const send = async (): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      await props.onSend();
      props.onClose();
    } catch (error) {
      setFault(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {props.children}
        <Alert text={fault} />
        <footer ref={footer}>
          <Button kind="quiet" onClick={props.onClose}>
            Cancel
          </Button>
          <Button type="submit" kind={props.isDanger ? 'danger' : 'lead'} disabled={isBusy}>
            {props.action}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Asks once before something that cannot be taken back. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly words: string;
  readonly action: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}) {
  return (
    <FormDialog
      title={props.title}
      action={props.action}
      isDanger
      onSend={props.onConfirm}
      onClose={props.onClose}
    >
      <p>{props.words}</p>
    </FormDialog>
  );
}
