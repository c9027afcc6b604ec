// Light, dark, or as the system says: the reader's choice, kept in this browser.

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = 'tokenwatch-theme';

export function storedTheme(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(STORED_AS)) ?? 'system';
  } catch {
    // Storage is closed to this page: the system decides.
    return 'system';
  }
}

export function nextTheme(): Theme {
  return THEMES[(THEMES.indexOf(storedTheme()) + 1) % THEMES.length] ?? 'system';
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(STORED_AS, theme);
  } catch {
    // It holds until the page is left.
  }
}
