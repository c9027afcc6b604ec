// Under the first of many: brings the others.

import { count as whole } from '../format.ts';
import { Button } from './controls.tsx';

/** Nothing where all are shown. */
export function ShowAll(props: {
  readonly count: number;
  readonly shown: number;
  readonly onShow: () => void;
}) {
  if (props.count <= props.shown) return null;
  return (
    <p class="more">
      <Button kind="quiet" onClick={props.onShow}>
        Show all {whole(props.count)}
      </Button>
    </p>
  );
}
