// A table as a CSV file (RFC 4180). A text that a spreadsheet would take for a formula is kept a text.

function csvText(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}

/** As exports have it: at the beginning, in wide letters, and behind what parts cells for some. */
const FORMULA = /(^|[;\t\r\n])(?=[=+\-@＝＋－＠])|^(?=[\t\r\n])/g;

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(value);
  const text = isNumber ? value : value.replace(FORMULA, (_all, before = '') => `${before}'`);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function saveCsv(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const url = URL.createObjectURL(new Blob([`${csvText(columns, rows)}\r\n`], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
