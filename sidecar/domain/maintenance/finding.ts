/** One finding of doctor. */
import type { Finding } from '../../../schemas/store.ts'

/**
 * Returns a finding that nothing was done about and, unless it says so, that doctor cannot repair.
 */
export function finding(
  check: string,
  severity: Finding['severity'],
  message: string,
  more: Partial<Finding> = {},
): Finding {
  return { check, severity, message, repairable: false, repaired: false, ...more }
}
