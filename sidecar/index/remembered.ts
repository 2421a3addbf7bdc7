/** Answers that hold until a row changes. */

/** Remembers what was worked out for one state of the rows. */
export class Remembered<T> {
  static readonly #MAX = 500
  readonly #answers = new Map<string, T>()
  #version = ''

  /**
   * The answer to a question, made by `make` where it is not known for this state of the rows.
   * @param version another text whenever rows may have changed
   */
  get(question: string, version: string, make: () => T): T {
    if (version !== this.#version || this.#answers.size >= Remembered.#MAX) this.#answers.clear()
    this.#version = version
    const known = this.#answers.get(question) ?? make()
    this.#answers.set(question, known)
    return known
  }
}
