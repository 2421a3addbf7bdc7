/** Registers all elements, once a page: the registry is global and ComfyUI may load us twice. */
import { SynapseApp } from './pages/app.ts'
import { SynapseHomePage } from './pages/home-page.ts'
import { SynapseImportPage } from './pages/import-page.ts'
import { SynapsePairPage } from './pages/pair-page.ts'
import { SynapsePairingsCard } from './pages/pairings-card.ts'
import { SynapseShell } from './pages/shell.ts'
import { SynapseDialog } from './ui/dialog.ts'
import { SynapseJobBar } from './ui/job-bar.ts'
import { SynapseNotice } from './ui/notice.ts'
import { SynapsePackList } from './ui/pack-list.ts'
import { SynapsePlanDialog } from './ui/plan-dialog.ts'
import { SynapseStateCard } from './ui/state-card.ts'
import { SynapseToasts } from './ui/toasts.ts'
import { SynapseTroubles } from './ui/troubles.ts'
import { SynapseUiTabs } from './ui/ui-tabs.ts'

const ELEMENTS: Readonly<Record<string, CustomElementConstructor>> = {
  'synapse-app': SynapseApp,
  'synapse-dialog': SynapseDialog,
  'synapse-home-page': SynapseHomePage,
  'synapse-import-page': SynapseImportPage,
  'synapse-job-bar': SynapseJobBar,
  'synapse-notice': SynapseNotice,
  'synapse-pack-list': SynapsePackList,
  'synapse-pair-page': SynapsePairPage,
  'synapse-pairings-card': SynapsePairingsCard,
  'synapse-plan-dialog': SynapsePlanDialog,
  'synapse-shell': SynapseShell,
  'synapse-state-card': SynapseStateCard,
  'synapse-toasts': SynapseToasts,
  'synapse-troubles': SynapseTroubles,
  'synapse-ui-tabs': SynapseUiTabs,
}

/** Registers what is not registered yet. */
export function defineElements(): void {
  for (const [tag, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(tag)) customElements.define(tag, element)
  }
}
