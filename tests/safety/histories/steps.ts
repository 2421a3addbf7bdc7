/**
 * The steps of a history, and how they are made up. A step is plain data whose numbers choose among
 * what is there, so that a failing history can be shortened, printed and replayed. What a seed
 * means depends on the order of operations, writes and arbitraries.
 */
import fc from 'fast-check'
import { ACTIONS, LETS_GO, TO_TRASH, type Action, type ActionName } from './actions.ts'
import { PARTS, type Part } from './absent-part.ts'
import { WRITES, type Write, type WriteName } from './writes.ts'

/** A step of a history. */
export type Step =
  | Action
  | Write
  /** Everything stops at a call that changes the disk; `then` happens before the store is reopened. */
  | (Action & { readonly crashAt: number; readonly then: Write | null })
  /** Another program writes in the middle of the operation. */
  | (Action & { readonly disturbedAt: number; readonly by: Write })
  /** Two at once, by two instances in one process. */
  | { readonly together: readonly [Action, Action] }
  /** Two at once, the second in another process, which may be killed. */
  | { readonly beside: readonly [Action, Action]; readonly killAt: number }
  /** The disk of a part of the store is unplugged, and comes back after the operation. */
  | (Action & { readonly away: Part })
  /** The disk is full to its last byte, until the reserve or something else is given up. */
  | (Action & { readonly full: true })
  /** The store is closed and opened; meanwhile the clock is set. */
  | { readonly clock: number }

/** Returns the operations of a step; a write and a clock that is set are none. */
export function actionsOf(step: Step): readonly Action[] {
  if ('action' in step) return [step]
  if ('together' in step) return step.together
  return 'beside' in step ? step.beside : []
}

const number = fc.nat({ max: 999 })
const anAction = fc.record({
  action: fc.constantFrom(...(Object.keys(ACTIONS) as ActionName[])),
  a: number,
  b: number,
})
const aWrite = fc.record({
  write: fc.constantFrom(...(Object.keys(WRITES) as WriteName[])),
  a: number,
  b: number,
})
// Bytes that are deleted while another operation moves them to the trash: afterwards the order is
// unknowable.
const aPair = fc
  .tuple(anAction, anAction)
  .filter(
    ([{ action: first }, { action: second }]) =>
      !(LETS_GO.has(first) && TO_TRASH.has(second)) &&
      !(LETS_GO.has(second) && TO_TRASH.has(first)),
  )
// Who writes to a document in the moment in which it is written overwrites or is overwritten.
const aDisturbance = aWrite.filter(({ write }) => !['annotate', 'tear', 'tearLine'].includes(write))
const lines = fc.integer({ min: 1, max: 90 })

const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: anAction },
  { weight: 6, arbitrary: aWrite },
  {
    weight: 5,
    arbitrary: fc
      .tuple(anAction, lines)
      .map(([action, at]) => ({ ...action, crashAt: at, then: null })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anAction, lines, aWrite)
      .map(([action, at, then]) => ({ ...action, crashAt: at, then })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(anAction, lines, aDisturbance)
      .map(([action, at, by]) => ({ ...action, disturbedAt: at, by })),
  },
  { weight: 3, arbitrary: fc.record({ together: aPair }) },
  {
    weight: 1,
    arbitrary: fc.record({
      beside: aPair,
      killAt: fc.integer({ min: -300, max: 90 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anAction, fc.constantFrom(...PARTS))
      .map(([action, away]) => ({ ...action, away })),
  },
  { weight: 2, arbitrary: anAction.map((action) => ({ ...action, full: true as const })) },
  { weight: 1, arbitrary: fc.record({ clock: fc.constantFrom(0, -1, 1, -1000, 1000) }) },
)

/** Histories of up to 14 steps. */
export const aHistory = fc.array(aStep, { minLength: 1, maxLength: 14, size: 'max' })
