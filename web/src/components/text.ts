// Texts of others inside sentences of ours.

/**
 * A name from outside for a sentence: without what turns the direction of the
 * words around it.
 */
export function plain(name: string): string {
    return name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}
