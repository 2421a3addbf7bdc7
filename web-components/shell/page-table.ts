/** The table of pages, in the order of the navigation. */
import type { PageRow, PageId } from './page.ts'

const ROWS: Readonly<Record<PageId, Omit<PageRow, 'id'>>> = {
  home: {
    path: '/',
    title: 'packs.title',
    icon: 'pack',
    surfaces: ['page', 'panel'],
    access: 'paired',
    inNavigation: true,
    beside: null,
    tag: 'synapse-home-page',
    load: async () => (await import('../pages/home-page.ts')).SynapseHomePage,
  },
  profiles: {
    path: '/profiles',
    title: 'profiles.title',
    icon: 'profiles',
    surfaces: ['page', 'panel'],
    access: 'paired',
    inNavigation: true,
    beside: null,
    tag: 'synapse-profiles-page',
    load: async () => (await import('../pages/profiles-page.ts')).SynapseProfilesPage,
  },
  pairings: {
    path: '/pairings',
    title: 'pairings.title',
    icon: 'key',
    surfaces: ['page'],
    access: 'owner',
    inNavigation: false,
    beside: 'home',
    tag: 'synapse-pairings-card',
    load: async () => (await import('../pages/pairings-card.ts')).SynapsePairingsCard,
  },
  import: {
    path: '/import',
    title: 'import.title',
    icon: 'folder',
    surfaces: ['page'],
    access: 'paired',
    inNavigation: false,
    beside: 'home',
    tag: 'synapse-import-page',
    load: async () => (await import('../pages/import-page.ts')).SynapseImportPage,
  },
  pair: {
    path: '/pair',
    title: 'pair.title',
    icon: 'key',
    surfaces: ['page', 'panel'],
    access: 'unpaired',
    inNavigation: false,
    beside: null,
    tag: 'synapse-pair-page',
    load: async () => (await import('../pages/pair-page.ts')).SynapsePairPage,
  },
}

/** Every page. */
export const PAGES: readonly PageRow[] = (Object.keys(ROWS) as PageId[]).map((id) => ({
  id,
  ...ROWS[id],
}))
