// A number of things in words: "1 line waits", "2 lines wait".

/** `many` where more changes than an s at the end; `shown` where the number is written otherwise. */
export function counted(count: number, one: string, many = `${one}s`, shown = String(count)): string {
  return `${shown} ${count === 1 ? one : many}`;
}
