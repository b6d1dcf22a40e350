// "Firefox 140, Linux" from what a browser says of itself. It may say anything:
// the result is text.
const browsers: [RegExp, string][] = [
    [/Edg\/(\d+)/, 'Edge'], [/OPR\/(\d+)/, 'Opera'], [/Firefox\/(\d+)/, 'Firefox'],
    [/Chrome\/(\d+)/, 'Chrome'], [/Version\/(\d+).*Safari\//, 'Safari'],
    [/^curl\/(\d+)/, 'curl']
];
const systems: [RegExp, string][] = [
    [/Windows/, 'Windows'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'],
    [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']
];

/** null when it is none that is known. */
export function browserName(agent: string): string | null {
    for (const [pattern, name] of browsers) {
        const match = pattern.exec(agent);
        if (match !== null) {
            const system = systems.find(([of]) => of.test(agent));
            return `${name} ${match[1] ?? ''}${system === undefined ? '' : `, ${system[1]}`}`;
        }
    }
    return null;
}
