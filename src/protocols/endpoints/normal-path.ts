// A path as servers understand it, so that one operation has one spelling: escapes, doubled slashes and dots are gone.

const NEEDS_WORK = /[%\\]|\/\/|\/\.|.\/$/;

/** Never throws: an escape that is none stays as it is. Letters keep their case, which names of models need. */
export function normalPath(path: string): string {
  if (!NEEDS_WORK.test(path)) return path;
  const segments: string[] = [];
  for (const segment of decoded(path).split(/[/\\]+/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // No valid UTF-8: what is plain ASCII in it is decoded all the same.
    return path.replace(/%([0-7][0-9a-f])/gi, (_all, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
  }
}
