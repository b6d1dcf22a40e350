// Numbers in words: how long, how many bytes.
const units: [string, number][] = [
    ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]
];

/** Seconds in the largest unit that says them without a fraction: "30 days". */
export function duration(seconds: number, language: string): string {
    const [unit, size] = units.find(([, size]) =>
        seconds >= size && seconds % size === 0) ?? ['second', 1];
    return new Intl.NumberFormat(language, {
        style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1
    }).format(seconds / size);
}

const sizes = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** "74.2 GiB"; below a KiB in bytes. */
export function bytes(count: number, language: string): string {
    let value = count;
    let name = 'B';
    for (const larger of sizes) {
        if (value < 1024) {
            break;
        }
        value /= 1024;
        name = larger;
    }
    const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
        .format(value);
    return `${number} ${name}`;
}

/** 12,345 */
export function number(count: number, language: string): string {
    return new Intl.NumberFormat(language).format(count);
}
