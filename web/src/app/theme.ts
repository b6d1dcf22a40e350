// Light, dark, or what the system has; remembered in this browser.
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = typeof themes[number];

const STORED = 'eportal-theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

export function currentTheme(): Theme {
    const stored = localStorage.getItem(STORED);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function apply() {
    const theme = currentTheme();
    const dark = theme === 'dark' || (theme === 'system' && system.matches);
    document.documentElement.classList.toggle('pf-v6-theme-dark', dark);
}

export function changeTheme(theme: Theme) {
    localStorage.setItem(STORED, theme);
    apply();
}

export function startTheme() {
    apply();
    system.addEventListener('change', apply);
}
