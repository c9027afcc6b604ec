// Claude Code's `metadata.user_id` in its older form: `user_…_account_…_session_<uuid>`.

const MARK = '_session_';
const NAME_CHARACTER = /[\w-]/;

/**
 * Where the session is marked, -1 where none is. By hand: as a pattern it would begin anew at each of a hostile text's
 * many marks.
 */
function markIn(userId: string): number {
  let start = userId.length;
  while (start > 0 && NAME_CHARACTER.test(userId[start - 1] as string)) start -= 1;
  const found = userId.indexOf(MARK, start);
  return found === -1 || found + MARK.length === userId.length ? -1 : found;
}

export function sessionIn(userId: string): string | null {
  const mark = markIn(userId);
  return mark === -1 ? null : userId.slice(mark + MARK.length);
}

/** Any other text stays as it is. */
export function withoutSession(userId: string): string {
  const mark = markIn(userId);
  return mark === -1 ? userId : userId.slice(0, mark);
}
