// A word without the marks at its end. By hand: a pattern begins anew at each mark of a long row of them.

export function withoutEnd(word: string, marks: string): string {
  let end = word.length;
  while (end > 0 && marks.includes(word[end - 1] as string)) end -= 1;
  return word.slice(0, end);
}
