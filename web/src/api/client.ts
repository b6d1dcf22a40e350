// The one way to the HTTP API. Types come from lib/http/openapi.yaml
// (npm run types); the session's CSRF token is added to what changes
// something, and every failure is an ApiError that says what went wrong.
import type { paths } from './schema';

type Method = 'get' | 'post' | 'put' | 'delete';
type With<M extends Method> = {
    [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> =
    paths[P] extends { [K in M]: infer O } ? O : never;

/** What stands for "no parameters" in the generated types is no limit here. */
type Some<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Shared<P extends keyof paths> =
    paths[P] extends { parameters: { query?: infer Q } } ? Some<Q> : unknown;
export type Query<P extends keyof paths, M extends Method> =
    (Operation<P, M> extends { parameters: { query?: infer Q } } ? Some<Q> : unknown)
    & Shared<P>;
type Body<P extends keyof paths, M extends Method> =
    Operation<P, M> extends {
        requestBody?: { content: { 'application/json': infer B } };
    } ? B : unknown;
export type Params<P extends keyof paths, M extends Method> =
    Partial<NonNullable<Query<P, M>>> & Partial<NonNullable<Body<P, M>>>;
export type Answer<P extends keyof paths, M extends Method> =
    Operation<P, M> extends {
        responses: { 200: { content: { 'application/json': infer A } } };
    } ? A : never;

export type GetPath = With<'get'>;
export type { With };

/** What the portal refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        /** the stable word of the API; 'unreachable' when there is no answer */
        readonly code: string,
        message: string,
        /** seconds, from Retry-After */
        readonly retryAfter: number | null = null
    ) {
        super(message);
    }
}

let csrf: string | null = null;

/** Remember the session's token; null: there is no session. */
export function setCsrf(token: string | null) {
    csrf = token;
}

/** "/admin/api/keys/{key}" with what stands for {key}, escaped. */
function address(path: string, names: Record<string, string> = {}) {
    return path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(names[name] ?? ''));
}

/** Parameters as a query; undefined and '' are left out, lists repeat. */
export function queryString(params: object): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) {
        for (const one of Array.isArray(value) ? value : [value]) {
            if (one !== undefined && one !== null && one !== '') {
                query.append(name, String(one));
            }
        }
    }
    const text = query.toString();
    return text === '' ? '' : `?${text}`;
}

async function failure(response: Response): Promise<ApiError> {
    const wait = Number(response.headers.get('Retry-After'));
    const body: { error?: string; message?: string } =
        await response.json().catch(() => ({}));
    return new ApiError(
        response.status,
        body.error ?? 'unexpected-answer',
        body.message ?? `HTTP ${response.status}`,
        wait > 0 ? wait : null
    );
}

async function request(url: string, init: RequestInit): Promise<unknown> {
    let response: Response;
    try {
        response = await fetch(url, { credentials: 'same-origin', ...init });
    } catch (error) {
        if (init.signal?.aborted) {
            throw error;
        }
        throw new ApiError(0, 'unreachable', 'The portal does not answer.');
    }
    if (!response.ok) {
        throw await failure(response);
    }
    return response.json();
}

export interface GetOptions<P extends GetPath> {
    names?: Record<string, string>;
    query?: Params<P, 'get'>;
    signal?: AbortSignal;
}

/** Read something. */
export async function get<P extends GetPath>(
    path: P, { names, query = {}, signal }: GetOptions<P> = {}
): Promise<Answer<P, 'get'>> {
    const url = address(path, names) + queryString(query);
    return await request(url, { signal: signal ?? null }) as Answer<P, 'get'>;
}

/**
 * Change something. Parameters travel in the body as JSON, never in the
 * address, which servers on the way would log; those of DELETE do, because a
 * body means nothing there.
 */
export async function send<M extends 'post' | 'put' | 'delete', P extends With<M>>(
    method: M, path: P,
    { names, params }: {
        names?: Record<string, string>;
        params?: Params<P, M>;
    } = {}
): Promise<Answer<P, M>> {
    const headers: Record<string, string> = {};
    let url = address(path, names);
    let body: string | null = null;
    if (csrf !== null) {
        headers['X-CSRF-Token'] = csrf;
    }
    if (method === 'delete') {
        url += queryString(params ?? {});
    } else {
        headers['Content-Type'] = 'application/json';
        body = JSON.stringify(params ?? {});
    }
    return await request(url, { method: method.toUpperCase(), headers, body }) as
        Answer<P, M>;
}
