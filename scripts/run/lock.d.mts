/** The text of a file; undefined where it cannot be read. */
export function readText(file: string): string | undefined
/** Does `work` while holding the lock; says `waiting` once where another run holds it. */
export function withLock<T>(file: string, waiting: string, work: () => Promise<T>): Promise<T>
