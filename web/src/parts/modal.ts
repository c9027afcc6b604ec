// What is open over the page, until Escape, a click beside it or its own control closes it.

import { useLayoutEffect, useRef } from 'preact/hooks';

/** `onClose` is called once, in the turn that closes it. With `isKept`, a click beside it does nothing. */
export function useModal(onClose: () => void, isKept = false) {
  const element = useRef<HTMLDialogElement>(null);
  const isClosed = useRef(false);
  /** Whoever selects the text of a field with the mouse may let go beside the dialog. */
  const isPressedBeside = useRef(false);
  // Not a frame later: the key that follows is typed into it.
  useLayoutEffect(() => {
    const { current } = element;
    current?.showModal();
    return () => {
      // Taken away by whoever showed it: the browser gives the focus back to where it was before only to a closed one.
      isClosed.current = true;
      current?.close();
    };
  }, []);
  const close = (): void => {
    if (isClosed.current) return;
    isClosed.current = true;
    element.current?.close();
    onClose();
  };
  return {
    element,
    close,
    props: {
      ref: element,
      // By the browser's own ways. It tells of them later, when the next key may have opened another one.
      onClose: close,
      onCancel: (event: Event): void => {
        if (event.target !== element.current) return;
        event.preventDefault();
        close();
      },
      onPointerDown: (event: PointerEvent): void => {
        isPressedBeside.current = event.target === element.current;
      },
      onClick: (event: MouseEvent): void => {
        if (event.target === element.current && isPressedBeside.current && !isKept) close();
      },
    },
  };
}
