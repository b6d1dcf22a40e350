// A list as a file for spreadsheets, as the portal writes its own: texts in
// quotes, and none of them a formula.
export type Cell = string | number | boolean | null | undefined;

const FORMULA = /^[=+\-@\t\r]/;

function field(value: Cell): string {
    if (value === null || value === undefined) {
        return '';
    }
    if (typeof value !== 'string') {
        return String(value);
    }
    const text = value.replaceAll('"', '""');
    return `"${FORMULA.test(text) ? '\'' : ''}${text}"`;
}

export function csv(rows: readonly (readonly Cell[])[]): string {
    return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** A head of these members' names, and a line of them for each row. */
export function lines<C extends string>(
    rows: readonly { [K in C]?: Cell }[], columns: readonly C[]
): Cell[][] {
    return [[...columns], ...rows.map((row) => columns.map((column) => row[column]))];
}
