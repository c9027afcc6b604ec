// The clipboard; also where the page came over plain HTTP from another machine, for which the browser offers none.

export async function copyText(text: string | Promise<string>): Promise<void> {
  if (navigator.clipboard === undefined) return copySelected(await text);
  if (typeof text === 'string') return navigator.clipboard.writeText(text);
  // Safari takes what is given at the press itself, and nothing later: it gets the promise.
  const blob = text.then((whole) => new Blob([whole], { type: 'text/plain' }));
  return navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
}

function copySelected(text: string): void {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  // Within a dialog that is open nothing outside of it can be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  const focused = document.activeElement;
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!isCopied) throw new Error('The browser does not let this page copy.');
}
