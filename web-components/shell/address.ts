/** Where a router keeps the path of the page that is open. */

/** A path, and those before it. */
export interface PageAddress {
  /** The path now; null where none of ours is there. */
  read(): string | null
  /** Goes to a path; the one before can be gone back to. */
  push(path: string): void
  /** Replaces the current path without an event. */
  replace(path: string): void
  /** Goes back to the previous path, if there is one. */
  back(): void
  /** True where the person has no other way back than {@link PageAddress.back}. */
  readonly offersBack: boolean
  /** What a link to a path bears; null where links would lead out of our part of the page. */
  hrefOf(path: string): string | null
  /** Calls `listener` after each change that {@link PageAddress.replace} did not make. */
  onChange(listener: () => void): void
}
