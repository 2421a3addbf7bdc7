/** Path from the root → size and times. */
export type Inputs = Readonly<Record<string, string>>

/** What `dist/` was made of, and what it holds. */
export interface Stamp {
  readonly inputs: Inputs
  /** Of the content of the inputs. */
  readonly digest: string
  /** Paths from `dist/`. */
  readonly outputs: readonly string[]
  /** Outputs of builds before, which a running service may still load. The newest first. */
  readonly former: readonly (readonly string[])[]
  /** One line that says what was built. */
  readonly summary: string
}

export const DIST: string
/** The command and service that were built. */
export const PROGRAM: string
/** The state of every source as the disk reports it without reading one. */
export function readInputs(): Inputs
/** A digest of the content of these sources. */
export function digestOf(inputs: Inputs): string
export function readStamp(): Stamp | undefined
/** Says what `dist/` holds now; written last. */
export function writeStamp(stamp: Stamp): void
export function hasOutputs(stamp: Stamp): boolean
export function sameInputs(one: Inputs, other: Inputs): boolean
/** Reports whether no source was touched since the build. False says only that one has to look. */
export function isFresh(): boolean
