/** One finding of doctor. */
import type { Finding } from '../../../schemas/store.ts'

/** A finding that nothing was done about, and, unless told so, that doctor cannot mend. */
export function finding(
  check: string,
  severity: Finding['severity'],
  message: string,
  more: Partial<Finding> = {},
): Finding {
  return { check, severity, message, repairable: false, repaired: false, ...more }
}
