/** Paths as `#/…` in the browser's address: back, reload, bookmarks and links work by themselves. */
import type { PageAddress } from './address.ts'

/** The address of a page of our own. */
export class HashAddress implements PageAddress {
  readonly offersBack = false

  read(): string | null {
    const path = location.hash.slice(1)
    if (path === '') return '/'
    // Anything else, such as a login code, belongs to others.
    return path.startsWith('/') ? path : null
  }

  push(path: string): void {
    location.hash = path
  }

  replace(path: string): void {
    history.replaceState(null, '', `#${path}`)
  }

  back(): void {
    history.back()
  }

  hrefOf(path: string): string {
    return `#${path}`
  }

  onChange(listener: () => void): void {
    addEventListener('hashchange', listener)
  }
}
