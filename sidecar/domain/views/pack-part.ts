/** The contribution of one pack to a view, by path. */
import type { PackFiles } from './pack-files.ts'
import type { PlannedLink } from '../../../schemas/view-files.ts'

/** A link that a pack wants, and its position among the pack's links. */
export interface PlacedLink {
  readonly link: PlannedLink
  readonly index: number
}

/** The files of a pack in one view; blocked ones are not shown. */
export class PackPart {
  readonly files: PackFiles
  readonly blocked: ReadonlySet<PlannedLink>
  readonly #fold: (path: string) => string
  #byKey: ReadonlyMap<string, readonly PlacedLink[]> | null = null

  constructor(files: PackFiles, blocked: ReadonlySet<PlannedLink>, fold: (path: string) => string) {
    this.files = files
    this.blocked = blocked
    this.#fold = fold
  }

  /** Lists the folded paths of all links, including blocked ones. */
  keys(): Iterable<string> {
    return this.#index().keys()
  }

  /** Lists the links at a folded path, including blocked ones. */
  at(key: string): readonly PlacedLink[] {
    return this.#index().get(key) ?? []
  }

  /** Reports whether two parts show the same link at a folded path, and nothing else there. */
  isSameAt(key: string, other: PackPart): boolean {
    const [here, there] = [this.at(key), other.at(key)]
    const [one, two] = [here[0]?.link, there[0]?.link]
    if (here.length !== 1 || there.length !== 1 || one === undefined || two === undefined) {
      return false
    }
    return (
      one.path === two.path &&
      one.sha256 === two.sha256 &&
      one.pack === two.pack &&
      one.dependency_id === two.dependency_id &&
      one.kind === two.kind &&
      this.blocked.has(one) === other.blocked.has(two)
    )
  }

  #index(): ReadonlyMap<string, readonly PlacedLink[]> {
    this.#byKey ??= Map.groupBy(
      this.files.links.map((link, index) => ({ link, index })),
      ({ link }) => this.#fold(link.path),
    )
    return this.#byKey
  }
}
