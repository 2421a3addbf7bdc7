/**
 * Registers all elements but those of pages, which `page-table.ts` brings. Once a page: the registry is
 * global and ComfyUI may load us twice.
 */
import { SynapseApp } from './shell/app.ts'
import { SynapseNavigation } from './shell/navigation.ts'
import { SynapseShell } from './shell/shell.ts'
import { SynapseDialog } from './ui/dialog.ts'
import { SynapseJobBar } from './ui/job-bar.ts'
import { SynapseNotice } from './ui/notice.ts'
import { SynapsePackList } from './ui/pack-list.ts'
import { SynapsePackOrder } from './ui/pack-order.ts'
import { SynapsePlanDialog } from './ui/plan-dialog.ts'
import { SynapseProfileEditor } from './ui/profile-editor.ts'
import { SynapseStateCard } from './ui/state-card.ts'
import { SynapseToasts } from './ui/toasts.ts'
import { SynapseIssues } from './ui/issues.ts'
import { SynapseUiTabs } from './ui/ui-tabs.ts'

const ELEMENTS: Readonly<Record<string, CustomElementConstructor>> = {
  'synapse-app': SynapseApp,
  'synapse-dialog': SynapseDialog,
  'synapse-job-bar': SynapseJobBar,
  'synapse-navigation': SynapseNavigation,
  'synapse-notice': SynapseNotice,
  'synapse-pack-list': SynapsePackList,
  'synapse-pack-order': SynapsePackOrder,
  'synapse-plan-dialog': SynapsePlanDialog,
  'synapse-profile-editor': SynapseProfileEditor,
  'synapse-shell': SynapseShell,
  'synapse-state-card': SynapseStateCard,
  'synapse-toasts': SynapseToasts,
  'synapse-issues': SynapseIssues,
  'synapse-ui-tabs': SynapseUiTabs,
}

/** Registers what is not registered yet. */
export function defineElements(): void {
  for (const [tag, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(tag)) customElements.define(tag, element)
  }
}
