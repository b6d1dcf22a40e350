// Why the provider's sign-in failed: the portal leaves a sentence in a cookie
// and sends the browser to the login page with a code.
import { useEffect, useState } from 'react';

const NAMES = ['__Host-eportal-sso-error', 'eportal-sso-error'];

function read(): string | null {
    for (const part of document.cookie.split('; ')) {
        const at = part.indexOf('=');
        if (NAMES.includes(part.slice(0, at))) {
            try {
                return decodeURIComponent(part.slice(at + 1));
            } catch {
                return null;
            }
        }
    }
    return null;
}

function forget() {
    for (const name of NAMES) {
        const secure = name.startsWith('__Host-') ? '; Secure' : '';
        document.cookie = `${name}=; Path=/; Max-Age=0; SameSite=Lax${secure}`;
    }
}

/** The sentence, once; null when there is none. */
export function useSsoSentence(): string | null {
    const [sentence] = useState(read);
    useEffect(forget, []);
    return sentence;
}
