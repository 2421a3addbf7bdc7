/** What a view is called. */
import type { ProfileName, UiName } from '../../../schemas/ids.ts'

/** A view by its interface and its profile, or the name under which it is kept. */
export interface ViewAddress {
  readonly ui: UiName
  readonly profile: ProfileName
}

/** Returns what a view is called among those of all interfaces. */
export function viewName({ ui, profile }: Record<keyof ViewAddress, string>): string {
  return `${ui}/${profile}`
}
