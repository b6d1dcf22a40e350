// Seconds since a boot, as days or hours.
import { useTranslation } from 'react-i18next';

const DAY = 86_400;

export function useUptime(): (seconds: number | null) => string {
    const { t, i18n } = useTranslation('servers');
    return (seconds) => {
        if (seconds === null || seconds < 0) {
            return t('unknown');
        }
        const [unit, size] = seconds >= DAY ? ['day', DAY] : ['hour', 3600];
        return new Intl.NumberFormat(i18n.language, {
            style: 'unit', unit: unit as string, unitDisplay: 'long',
            maximumFractionDigits: 0
        }).format(Math.floor(seconds / (size as number)));
    };
}

export function Uptime({ seconds }: { seconds: number | null }) {
    const uptime = useUptime();
    return <>{uptime(seconds)}</>;
}
