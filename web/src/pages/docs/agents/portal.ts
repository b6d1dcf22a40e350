// The address of a portal as agents may have it.

/** Scheme and host without a path; null when it is no address of http. */
export function portalOf(text: string): string | null {
    try {
        const { protocol, origin } = new URL(text.trim());
        return protocol === 'http:' || protocol === 'https:' ? origin : null;
    } catch {
        return null;
    }
}
