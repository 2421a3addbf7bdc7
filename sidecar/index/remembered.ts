/** Answers that are valid until a row changes. */

/** Caches answers for one version of the rows. */
export class Remembered<T> {
  static readonly #MAX = 500
  readonly #answers = new Map<string, T>()
  #version = ''

  /**
   * The cached answer to a question, computed by `make` if it is not known for this version of the
   * rows.
   * @param version a text that changes whenever rows may have changed
   */
  get(question: string, version: string, make: () => T): T {
    if (version !== this.#version || this.#answers.size >= Remembered.#MAX) this.#answers.clear()
    this.#version = version
    const known = this.#answers.get(question) ?? make()
    this.#answers.set(question, known)
    return known
  }
}
