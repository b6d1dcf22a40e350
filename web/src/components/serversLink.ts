// The address of the servers that fit a filter, whose names are the API's.
export function serversLink(filter: Record<string, string>, page = '/servers'): string {
    const query = new URLSearchParams(filter).toString();
    return query === '' ? page : `${page}?${query}`;
}
