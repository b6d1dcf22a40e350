// When a new API key is to end: in some days, on a day, or never. Days are
// those of UTC, which is what the portal takes them for.
export const periods = ['30', '90', '365', 'day', 'never'] as const;
export type Period = typeof periods[number];

/** The day in UTC that is so many days from now. */
export function dayFromNow(days: number): string {
    return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** What the API is to be told; undefined for never. */
export function expires(period: Period, day: string): string | undefined {
    switch (period) {
    case 'never': return undefined;
    case 'day': return day;
    default: return dayFromNow(Number(period));
    }
}

/** Whether it is a day, and one that is not over. */
export function isDayToCome(day: string): boolean {
    return /^\d{4}-\d\d-\d\d$/.test(day) && day >= dayFromNow(0);
}
