// Languages. Each area of the console has a file of texts in
// locales/<language>/<area>.json, which is a namespace; a language is one
// chunk that is loaded when it is chosen.
import i18next, { type ResourceLanguage } from 'i18next';
import { initReactI18next } from 'react-i18next';

export const languages = ['en', 'ja'] as const;
export type Language = typeof languages[number];

const STORED = 'eportal-language';

async function texts(language: Language): Promise<ResourceLanguage> {
    const files = language === 'ja'
        ? (await import('@/locales/ja')).default
        : (await import('@/locales/en')).default;
    return files;
}

function preferred(): Language {
    const stored = localStorage.getItem(STORED);
    const wanted = stored ?? navigator.language;
    return wanted.startsWith('ja') ? 'ja' : 'en';
}

export async function startI18n() {
    const language = preferred();
    await i18next.use(initReactI18next).init({
        lng: language,
        fallbackLng: false,
        defaultNS: 'common',
        resources: { [language]: await texts(language) },
        interpolation: { escapeValue: false }, // React escapes
        returnNull: false
    });
    document.documentElement.lang = language;
}

export async function changeLanguage(language: Language) {
    for (const [area, file] of Object.entries(await texts(language))) {
        i18next.addResourceBundle(language, area, file);
    }
    await i18next.changeLanguage(language);
    localStorage.setItem(STORED, language);
    document.documentElement.lang = language;
}
