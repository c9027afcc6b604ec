// A name and what stands for it, as one pair of a list of them (`<dl class="facts">`).

import type { ComponentChildren } from 'preact';

export function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
