// What is typed into the form of the patch source, over what is saved.
import type { Answer, Params } from '@/api/client';

export type Source = Answer<'/admin/api/settings/source', 'get'>['result'];
export type Changes = Params<'/admin/api/settings/source', 'put'>;

/** What was touched; the rest is as it is saved. */
export interface Edit {
    url?: string;
    user?: string;
    password?: string;
    removePassword?: boolean;
    limited?: boolean;
    distros?: string[];
}

export function isLimited(saved: Source, edit: Edit): boolean {
    return edit.limited ?? saved.distros.length > 0;
}

function same(a: string[], b: string[]): boolean {
    return a.length === b.length && a.every((one) => b.includes(one));
}

/** Only what differs is sent, so that the rest keeps its origin. */
export function changes(saved: Source, edit: Edit): Changes {
    const wanted: Changes = {};
    const distros = isLimited(saved, edit) ? edit.distros ?? saved.distros : [];
    if (edit.url !== undefined && edit.url !== (saved.url ?? '')) {
        wanted.url = edit.url.trim();
    }
    if (edit.user !== undefined && edit.user !== (saved.user ?? '')) {
        wanted.user = edit.user.trim();
    }
    if (edit.removePassword) {
        wanted.password = '';
    } else if (edit.password) {
        wanted.password = edit.password;
    }
    if (!same(distros, saved.distros)) {
        // One empty name means all of them.
        wanted.distro = distros.length > 0 ? distros : [''];
    }
    return wanted;
}
