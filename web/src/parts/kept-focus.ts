// The focus of what goes away (a button that turns into another, a rule that is removed, a dialog whose opener is gone)
// stays in its place, so that nobody who uses the keyboard begins at the top of the page again.

const REACHED = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary';
/** Where another control does what the one that went did. */
const SMALL = 'li, tr, .kill-switch';
const LARGE = 'section, aside, .section-body, main';

const isDisabled = (one: HTMLElement): boolean => one.isConnected && one.matches(':disabled');

/** Until the returned function is called. */
export function keepFocus(): () => void {
  /** What had the focus last, and all that it stands in; empty where the focus was given away. */
  let path: readonly HTMLElement[] = [];
  const take = ({ target }: FocusEvent): void => {
    const all: HTMLElement[] = [];
    for (let one = target as HTMLElement | null; one !== null; one = one.parentElement) all.push(one);
    path = all;
  };
  const drop = ({ target, relatedTarget }: FocusEvent): void => {
    // What is being removed is told of, too, while it still stands; and what is busy takes no focus for a while.
    if (relatedTarget === null && !isDisabled(target as HTMLElement))
      setTimeout(() => {
        if (path[0] === target && path[0]?.isConnected) path = [];
      });
  };
  const look = (): void => {
    const [focused] = path;
    if (focused === undefined || document.activeElement !== document.body || isDisabled(focused)) return;
    const place = path.find((one) => one.isConnected);
    const part = place?.closest(SMALL)?.querySelector<HTMLElement>(REACHED);
    const whole = place?.closest<HTMLElement>(LARGE) ?? document.querySelector<HTMLElement>('main');
    if (part == null && whole?.hasAttribute('tabindex') === false) whole.tabIndex = -1;
    (place === focused ? focused : (part ?? whole))?.focus({ preventScroll: true });
  };
  const watched = new MutationObserver(look);
  watched.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
  addEventListener('focusin', take);
  addEventListener('focusout', drop);
  return () => {
    watched.disconnect();
    removeEventListener('focusin', take);
    removeEventListener('focusout', drop);
  };
}
