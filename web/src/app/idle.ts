// Pages ask for news by themselves, which would keep a session alive for ever
// (AUTH_REFRESH_SESSION): when nobody has touched anything for a while they
// stop, until somebody does.
import { focusManager } from '@tanstack/react-query';

const IDLE = 15 * 60_000; // milliseconds
const EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;

export function startIdle() {
    let timer = 0;
    let idle = false;
    const touched = () => {
        window.clearTimeout(timer);
        timer = window.setTimeout(() => {
            idle = true;
            focusManager.setFocused(false);
        }, IDLE);
        if (idle) {
            idle = false;
            focusManager.setFocused(undefined);
        }
    };
    for (const name of EVENTS) {
        window.addEventListener(name, touched, { passive: true });
    }
    touched();
}
