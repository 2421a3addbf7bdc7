/** Makes, repoints and removes single links of a view; foreign files are left alone. */
import { join } from 'node:path'
import type { LinkForm } from '../../../schemas/records.ts'
import { makeLink } from '../../platform/links.ts'
import { replaceIf } from '../../platform/remove-if.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import { targetOf } from '../../store/link-styles.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { inspectPath, type PathState } from './inspect-path.ts'
import { pathTaken } from './path-taken.ts'
import { isStill, removeOwn } from './remove-own.ts'
import type { ViewAddress } from './view-address.ts'
import type { PlannedLink } from '../../../schemas/view-files.ts'

/** Changes links in one view. The caller flushes folders and keeps the ledger. */
export class LinkWriter {
  readonly #tx: StoreTx
  readonly #root: string
  readonly #form: LinkForm | null

  constructor(tx: StoreTx, { ui, profile }: ViewAddress) {
    this.#tx = tx
    this.#root = tx.paths.view(ui, profile)
    this.#form = tx.linkStyle(ui).file
  }

  /** Returns the link to make for a planned one. */
  linkFor({ path, sha256, kind }: PlannedLink): KnownLink {
    const form = this.#form
    if (form === null) throw new Error('Links were requested on a volume that has none')
    const file = this.#tx.locate(sha256)?.path ?? this.#tx.paths.blob(sha256)
    const target = targetOf(form, join(this.#root, path), file)
    return { path, sha256, form, target, model_kind: kind }
  }

  /** Makes a link, or replaces an existing link of ours. @throws disk.*, view.path_taken */
  async add(link: KnownLink): Promise<void> {
    const path = join(this.#root, link.path)
    if (this.#place(link, path)) return
    const state = inspectPath(this.#tx.paths, path, { sha256: link.sha256 })
    if (state.kind !== 'link') throw pathTaken(path)
    if (state.sha256 !== link.sha256 || state.target !== link.target) {
      await this.#replace(link, path, state)
    }
  }

  /** Replaces the link `from` by `link`. @throws disk.*, view.path_taken */
  async repoint(link: KnownLink, from: KnownLink): Promise<void> {
    const path = join(this.#root, link.path)
    const state = inspectPath(this.#tx.paths, path, from)
    if (state.kind === 'link') await this.#replace(link, path, state)
    else if (!this.#place(link, path)) throw pathTaken(path)
  }

  /** Removes a link if it is still the one we made. @throws disk.* */
  async remove(link: KnownLink): Promise<void> {
    await removeOwn(this.#tx.paths, join(this.#root, link.path), link)
  }

  #place(link: KnownLink, path: string): boolean {
    return link.form === 'hard_link'
      ? makeLink({ hard: this.#tx.paths.blob(link.sha256) }, path)
      : makeLink({ symbolic: link.target }, path)
  }

  async #replace(link: KnownLink, path: string, state: PathState): Promise<void> {
    const isMeant = (at: string) => isStill(state, this.#tx.paths, at)
    const fill = () => this.#place(link, path)
    const removal = await replaceIf({ path, isMeant }, fill)
    if (removal === 'kept' || (removal === 'gone' && !fill())) throw pathTaken(path)
  }
}
