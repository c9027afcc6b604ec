// Names that users gave: tags, applications, models, sessions.

import { Fragment } from 'preact';

/**
 * Set apart from the words around it, whichever way it is written; where a line is too short for a combined tag
 * (`team=growth,feature=search`), it breaks between two of its parts.
 */
export function Name(props: {
  readonly text: string;
  /** Where there is no second line: cut short, and whole under the pointer. */
  readonly isOneLine?: boolean;
  /** Among many of them: after two lines cut short, and whole under the pointer. */
  readonly isShort?: boolean;
}) {
  const { text, isOneLine = false, isShort = false } = props;
  if (isOneLine)
    return (
      <bdi class="one-line" title={text}>
        {text}
      </bdi>
    );
  return (
    <bdi class={isShort ? 'two-lines' : undefined} title={isShort ? text : undefined}>
      {text.split(/(?<=,)/).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  );
}
