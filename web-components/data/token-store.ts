/** Keeps this browser's own token, in `localStorage` where that is allowed. */

/** A token and what it may do. */
export interface Held {
  readonly token: string
  readonly scope: string
}

/** The one holder of the token; reports when it changes, also in another tab. */
export class TokenStore {
  readonly #key: string
  readonly #listeners = new Set<() => void>()
  #held: Held | null

  /** @param scope distinguishes several Synapses below one origin: the path of the API */
  constructor(scope: string) {
    this.#key = `synapse:${scope}:session`
    this.#held = this.#read()
    addEventListener('storage', (event) => {
      if (event.key === this.#key) this.#set(this.#read())
    })
  }

  get held(): Held | null {
    return this.#held
  }

  keep(held: Held): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify(held))
    } catch {
      // Storage is blocked: the token lasts as long as this page.
    }
    this.#set(held)
  }

  /** Drops the token; one that has been replaced meanwhile stays. */
  forget(token: string | null): void {
    if (token === null || token !== this.#held?.token) return
    try {
      localStorage.removeItem(this.#key)
    } catch {
      // As above.
    }
    this.#set(null)
  }

  /** Calls `listener` at each change; the returned function unsubscribes. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #set(held: Held | null): void {
    this.#held = held
    for (const listener of this.#listeners) listener()
  }

  #read(): Held | null {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(this.#key) ?? 'null')
      return isHeld(value) ? value : null
    } catch {
      return null
    }
  }
}

function isHeld(value: unknown): value is Held {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    'scope' in value &&
    typeof value.scope === 'string'
  )
}
