/** Stacks of profiles. Pure. The top, which is active, is last. */
import { GLOBAL, type ProfileName } from '../../../schemas/ids.ts'

/** Puts a profile on top, unless it is there already. */
export function push(stack: readonly ProfileName[], profile: ProfileName): ProfileName[] {
  return stack.at(-1) === profile ? [...stack] : [...stack, profile]
}

/** Removes the top; null where only one is left. */
export function pop(stack: readonly ProfileName[]): ProfileName[] | null {
  return stack.length < 2 ? null : stack.slice(0, -1)
}

/** Returns the stack of an activated profile: repeating it never makes it longer. */
export function activated(profile: ProfileName): ProfileName[] {
  return profile === GLOBAL ? [GLOBAL] : [GLOBAL, profile]
}

/** Returns a stack without a profile, and without resulting adjacent duplicates; never empty. */
export function without(stack: readonly ProfileName[], gone: ReadonlySet<string>): ProfileName[] {
  const left = stack.filter((profile) => !gone.has(profile))
  const single = left.filter((profile, index) => profile !== left[index - 1])
  return single.length === 0 ? [GLOBAL] : single
}
