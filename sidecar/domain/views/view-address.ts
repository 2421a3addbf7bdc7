/** Names of views. */
import type { ProfileName, UiName } from '../../../schemas/ids.ts'

/** A view by its interface and its profile, or its slot. */
export interface ViewAddress {
  readonly ui: UiName
  readonly profile: ProfileName
}

/** Returns the name of a view, unique among all interfaces. */
export function viewName({ ui, profile }: Record<keyof ViewAddress, string>): string {
  return `${ui}/${profile}`
}
