// JSON as it may be shown: what commands a terminal, turns a line around or is not seen is escaped. JSON.stringify leaves
// all of that but for C0. The value stays the same.

function plainJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u200b-\u200d\u2028\u2029\ufeff]|\p{Bidi_Control}/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether it is JSON or other text: no table and no line of a table begins so. */
export function plainLine(line: string): string {
  return /^[[{]/.test(line) ? plainJson(line) : line;
}
