// Where a login leads to. The address comes from the page's own address, which
// anybody can have written: only a path of this console is followed.

/** The path below /admin that `next` names; the start page for all else. */
export function localPath(next: string | null): string {
    if (next === null || !next.startsWith('/')) {
        return '/';
    }
    let url: URL;
    try {
        // As the browser reads it: "//host", "/\host" and "/<TAB>/host" are others.
        url = new URL(next, window.location.origin);
    } catch {
        return '/';
    }
    const path = url.pathname.replace(/^\/admin(?=\/|$)/, '') || '/';
    if (url.origin !== window.location.origin || path.startsWith('//')
        || path.startsWith('/login')) {
        return '/';
    }
    return path + url.search + url.hash;
}

/** The address that signs in at the provider and comes back to `path`. */
export function ssoAddress(path: string): string {
    return `/admin/sso/login?next=${encodeURIComponent(`/admin${path}`)}`;
}
