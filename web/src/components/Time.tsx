// A moment in the browser's zone; UTC when one points at it or focuses it.
import { Tooltip } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { floor } from './popper';

/** The API's "YYYY-MM-DD HH:MM:SS.ffffff" is UTC. */
export function parseTime(text: string): Date {
    return new Date(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 31_536_000], ['month', 2_592_000], ['day', 86_400],
    ['hour', 3600], ['minute', 60], ['second', 1]
];

function ago(date: Date, language: string): string {
    const seconds = (date.getTime() - Date.now()) / 1000;
    const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size)
        ?? ['second', 1];
    return new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
        .format(Math.trunc(seconds / size), unit);
}

/**
 * null is never; relative: "3 hours ago" with the moment in the tooltip;
 * seconds: for what is compared with logs.
 */
export function Time({ value, relative = false, seconds = false }: {
    value: string | null | undefined;
    relative?: boolean;
    seconds?: boolean;
}) {
    const { t, i18n } = useTranslation();
    if (value == null) {
        return <span>{t('never')}</span>;
    }
    const date = parseTime(value);
    const local = date.toLocaleString(i18n.language, {
        dateStyle: 'medium', timeStyle: seconds ? 'medium' : 'short'
    });
    const utc = `${value.slice(0, 19)} UTC`;
    return (
        <Tooltip appendTo={floor} content={relative ? `${local} — ${utc}` : utc}>
            <time className="ep-time" dateTime={date.toISOString()} tabIndex={0}>
                {relative ? ago(date, i18n.language) : local}
            </time>
        </Tooltip>
    );
}
