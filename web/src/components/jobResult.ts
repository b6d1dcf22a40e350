// How a job ended, in the user's language: the daemon's own words are English.
// Errors stay as they are, because they quote other servers and the system.
import { useTranslation } from 'react-i18next';
import type { Job } from '@/api/jobs';

const said: [RegExp, string][] = [
    [/^swept$/, 'swept'],
    [/^(\d+) patchsets? enabled$/, 'enabled'],
    [/^the index is new, (\d+) downloaded, (\d+) blocked$/, 'polledNew'],
    [/^the index is the same, (\d+) downloaded, (\d+) blocked$/, 'polledSame'],
    [/^(\d+) patchsets? downloaded and enabled, (\d+) waiting$/, 'fetched'],
    [/^(\d+) servers? deleted$/, 'servers'],
    [/^(\d+) sessions? and (\d+) failed logins? forgotten$/, 'logins'],
    [/^(\d+) rows? deleted$/, 'rows'],
    [/^(\d+) files? removed, ([\d.]+ MiB)$/, 'files']
];

export function useJobResult(): (job: Job) => string {
    const { t } = useTranslation('operations');
    return ({ result }) => {
        for (const [pattern, key] of said) {
            const found = pattern.exec(result);
            if (found !== null) {
                return t(`result.${key}`, {
                    count: Number(found[1] ?? 0), other: found[2] ?? ''
                });
            }
        }
        return result;
    };
}
