/** The store as it will be once some planned steps are applied. */
import fs from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type * as v from 'valibot'
import type { Sha256 } from '../../schemas/ids.ts'
import type { Step } from './steps.ts'
import { patched } from './patch-step.ts'
import { DocumentCache, parseDocument, readText, type DocumentKind } from './documents.ts'
import type { StorePath } from './store-paths.ts'
import { StoreReader } from './store-reader.ts'
import { createCache } from './store-cache.ts'

/** Absolute path → text; null: no such file. */
type Texts = Map<string, string | null>

class OverlayDocuments extends DocumentCache {
  readonly #texts: Texts

  constructor(texts: Texts) {
    super()
    this.#texts = texts
  }

  override read<T extends v.GenericSchema>(
    path: string,
    kind: DocumentKind<T>,
  ): v.InferOutput<T> | null {
    const text = this.#texts.get(path)
    if (text === undefined) return super.read(path, kind)
    return text === null ? null : parseDocument(path, text, kind)
  }
}

const DOCUMENT = /\.(?:json|meta)$/u

/**
 * Reads documents, manifests and the presence of blobs as they will be after the steps, everything
 * else as it is now. Changes nothing.
 */
export class OverlayReader extends StoreReader {
  readonly #texts: Texts
  /** Paths of files that the steps create (true) or remove (false). */
  readonly #there = new Map<string, boolean>()

  constructor(now: StoreReader, steps: readonly Step[]) {
    const texts: Texts = new Map()
    const { paths, linkStyles } = now
    super(paths, { ...createCache(paths, { linkStyles }), documents: new OverlayDocuments(texts) })
    this.#texts = texts
    for (const step of steps) this.#imagine(step)
  }

  override text(path: string): string | null {
    const text = this.#texts.get(path)
    return text === undefined ? readText(path) : text
  }

  override hasBlob(sha256: Sha256): boolean {
    return this.#there.get(this.paths.blob(sha256)) ?? super.hasBlob(sha256)
  }

  override isBad(sha256: Sha256): boolean {
    return !this.#there.has(this.paths.blob(sha256)) && super.isBad(sha256)
  }

  #imagine(step: Step): void {
    if (step.do === 'write') this.#texts.set(this.#at(step.path), step.after)
    else if (step.do === 'patch') {
      const path = this.#at(step.path)
      this.#texts.set(path, patched(step, this.text(path)))
    } else if (step.do === 'unlink') this.#there.set(this.#at(step.path), false)
    else if (step.do === 'link') this.#there.set(this.#at(step.to), true)
    else if (step.do === 'move') this.#imagineMove(this.#at(step.from), this.#at(step.to))
  }

  #imagineMove(from: string, to: string): void {
    if (fs.statSync(from, { throwIfNoEntry: false })?.isDirectory() === true) {
      for (const name of fs.readdirSync(from)) this.#imagineMove(join(from, name), join(to, name))
      return
    }
    if (DOCUMENT.test(to)) this.#texts.set(to, this.text(from)).set(from, null)
    else this.#there.set(from, false).set(to, true)
  }

  #at(path: StorePath): string {
    return isAbsolute(path) ? path : this.paths.at(path)
  }
}
