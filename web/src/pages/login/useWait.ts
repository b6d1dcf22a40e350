// Seconds that have to pass before the next try, counted down.
import { useCallback, useEffect, useState } from 'react';

/** [seconds left, begin(seconds)] */
export function useWait(): [number, (seconds: number) => void] {
    const [until, setUntil] = useState(0);
    const [now, setNow] = useState(0);
    const left = Math.max(0, Math.ceil((until - now) / 1000));

    useEffect(() => {
        if (left === 0) {
            return undefined;
        }
        const timer = window.setInterval(() => setNow(Date.now()), 250);
        return () => window.clearInterval(timer);
    }, [left]);

    const begin = useCallback((seconds: number) => {
        setNow(Date.now());
        setUntil(Date.now() + seconds * 1000);
    }, []);
    return [left, begin];
}
