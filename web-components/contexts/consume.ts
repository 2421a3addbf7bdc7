/** How an element takes from those above it what it needs. */
import { ContextConsumer, type Context } from '@lit/context'
import type { ReactiveElement } from 'lit'

/** A value that an element above provides; reading it throws while the element has no provider. */
export interface Consumed<T> {
  readonly value: T
}

/**
 * Consumes a value from the elements above `host`, which re-renders when it changes.
 * @param onValue called with the value when the element is connected, and at each change
 */
export function consume<T>(
  host: ReactiveElement,
  context: Context<unknown, T>,
  onValue?: (value: T) => void,
): Consumed<T> {
  const consumer = new ContextConsumer(host, {
    context,
    subscribe: true,
    ...(onValue ? { callback: onValue } : {}),
  })
  return {
    get value() {
      if (consumer.value !== undefined) return consumer.value
      throw new Error(`<${host.localName}>: no element above provides what it needs`)
    },
  }
}
