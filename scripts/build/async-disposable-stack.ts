/** `AsyncDisposableStack` as the built program uses it, for Node 22, which has none. */

type End = () => unknown

function endOf(resource: AsyncDisposable | Disposable): End {
  return Symbol.asyncDispose in resource
    ? () => resource[Symbol.asyncDispose]()
    : () => {
        resource[Symbol.dispose]()
      }
}

class Stack implements AsyncDisposable {
  #ends: End[] = []

  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.#ends.push(endOf(resource))
    return resource
  }

  defer(end: End): void {
    this.#ends.push(end)
  }

  move(): Stack {
    const other = new Stack()
    other.#ends = this.#ends
    this.#ends = []
    return other
  }

  /** Ends everything, the last first; throws what the last of those that failed threw. */
  async disposeAsync(): Promise<void> {
    const ends = this.#ends.reverse()
    this.#ends = []
    const errors: unknown[] = []
    for (const end of ends) {
      try {
        await end()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors.at(-1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disposeAsync()
  }
}

const own = (globalThis as { AsyncDisposableStack?: unknown }).AsyncDisposableStack ?? Stack

export { own as AsyncDisposableStack }
