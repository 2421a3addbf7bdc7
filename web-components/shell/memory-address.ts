/** Paths in memory, for a guest in ComfyUI's page, whose address belongs to ComfyUI. */
import type { PageAddress } from './address.ts'

/** The address of the panel; begins at `/`. */
export class MemoryAddress implements PageAddress {
  readonly #paths = ['/']
  readonly #listeners: (() => void)[] = []

  get offersBack(): boolean {
    return this.#paths.length > 1
  }

  read(): string {
    return this.#paths.at(-1) ?? '/'
  }

  push(path: string): void {
    if (path === this.read()) return
    this.#paths.push(path)
    this.#notify()
  }

  replace(path: string): void {
    this.#paths[this.#paths.length - 1] = path
  }

  back(): void {
    if (!this.offersBack) return
    this.#paths.pop()
    this.#notify()
  }

  hrefOf(): null {
    return null
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
