// Two texts beside each other, with what is in only one of them marked.

import { diff } from 'node:util';
import { printable } from '../core/shown-text.ts';

const GUTTER = ' | ';

/** `width` columns wide. A line that is on one side only is marked with `-` or `+`. */
export function sideBySide(was: string, is: string, width: number): readonly string[] {
  const room = Math.max(10, Math.floor((width - GUTTER.length - 2) / 2));
  const [left, right] = [wrapped(was, room - 2), wrapped(is, room - 2)];
  const rows: [string, string][] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
      const [gone, come] = [removed[at], added[at]];
      rows.push([gone === undefined ? '' : `- ${gone}`, come === undefined ? '' : `+ ${come}`]);
    }
    removed = [];
    added = [];
  };
  for (const [kind, line] of diff(right, left)) {
    if (kind === -1) removed.push(line);
    else if (kind === 1) added.push(line);
    else {
      flush();
      rows.push([`  ${line}`, `  ${line}`]);
    }
  }
  flush();
  return rows.map(([one, other]) => `${one.padEnd(room)}${GUTTER}${other}`.trimEnd());
}

function wrapped(text: string, room: number): string[] {
  return text.split('\n').flatMap((line) => {
    const rest = printable(line.replaceAll('\t', '  '));
    const parts: string[] = [];
    let start = 0;
    while (rest.length - start > room) {
      const space = rest.lastIndexOf(' ', start + room);
      const end = space > start ? space : start + room;
      parts.push(rest.slice(start, end));
      start = rest[end] === ' ' ? end + 1 : end;
    }
    return [...parts, rest.slice(start)];
  });
}
