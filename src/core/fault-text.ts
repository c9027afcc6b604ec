// A fault on one line of a log: what it is and where, without a byte that could pass for another line or command a
// terminal. What a client sent may stand in its message.

const CHARACTERS_MAX = 2000;

export function faultText(fault: unknown): string {
  const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  // Cut first: what a client sent may be long, and blanks before a line's end take squared time.
  const line = text
    .slice(0, 2 * CHARACTERS_MAX)
    .replace(/\s*\n\s*/g, ' | ')
    .slice(0, CHARACTERS_MAX);
  return line.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16).padStart(4, '0');
    return code > 0xffff ? `\\u{${digits}}` : `\\u${digits}`;
  });
}
