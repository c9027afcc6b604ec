// A link to another place of this page: goes there without a reload, and is a link all the same, to be opened in a tab of
// its own.

import type { ComponentChildren } from 'preact';

export function PlaceLink(props: {
  readonly href: string;
  readonly isHere: boolean;
  readonly onGo: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <a
      href={props.href}
      aria-current={props.isHere ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        props.onGo();
      }}
    >
      {props.children}
    </a>
  );
}
