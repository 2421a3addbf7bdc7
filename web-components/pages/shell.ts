import { LitElement, css, html, nothing } from 'lit'
import { Resource, problemOf } from '../controllers/resource.ts'
import type { Api } from '../data/connection.ts'
import {
  cancelJob,
  concernsJobs,
  isOpen,
  loadJobs,
  withFact,
  withJob,
  type Job,
} from '../data/jobs.ts'
import {
  problemToast,
  type CancelJobEvent,
  type JobStartedEvent,
  type ToImportEvent,
  type ToastEvent,
} from '../events.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import type { Surface } from './app.ts'

/** Header, content, running work and toasts: what frames every page of Synapse. */
export class SynapseShell extends LitElement {
  static override properties = { api: { attribute: false }, surface: { reflect: true } }
  static override styles = [
    controls,
    css`
      :host {
        position: relative;
        display: flex;
        flex-direction: column;
        height: 100%;
        container-type: inline-size;
      }
      header {
        display: flex;
        align-items: center;
        width: 100%;
        max-width: 1312px;
        min-height: 48px;
        margin: 0 auto;
        padding: 8px 8px 8px 16px;
      }
      h1 {
        flex: 1;
        font-size: 16px;
        line-height: 24px;
        font-weight: 600;
      }
      .scroll {
        flex: 1;
        min-height: 0;
        overflow-y: auto;
        scrollbar-width: thin;
        scrollbar-color: var(--syn-line-strong) transparent;
      }
      main {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 24px;
        align-items: start;
        width: 100%;
        max-width: 1312px;
        margin: 0 auto;
        padding: 4px 16px 24px;
      }
      aside {
        min-width: 0;
      }
      .foot {
        position: relative;
        height: 0;
      }
      @container (min-width: 560px) {
        header {
          padding: 16px 16px 8px 24px;
        }
        main {
          padding-inline: 24px;
        }
      }
      @container (min-width: 960px) {
        :host([surface='page']) main {
          grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr);
          gap: 32px;
        }
        aside {
          position: sticky;
          top: 4px;
        }
      }
    `,
  ]

  declare api: Api
  declare surface: Surface
  readonly #jobs = new Resource<readonly Job[]>(this, () => this.api, {
    load: loadJobs,
    apply: withFact,
    concerns: concernsJobs,
  })

  constructor() {
    super()
    this.surface = 'page'
    this.addEventListener('synapse-toast', (event: ToastEvent) => {
      event.stopPropagation()
      this.renderRoot.querySelector('synapse-toasts')?.add(event.toast)
    })
    this.addEventListener('synapse-cancel-job', (event: CancelJobEvent) => {
      event.stopPropagation()
      void this.#cancel(event.job)
    })
    this.addEventListener('synapse-job-started', (event: JobStartedEvent) => {
      event.stopPropagation()
      this.#started(event.job)
    })
    this.addEventListener('synapse-to-import', (event: ToImportEvent) => {
      event.stopPropagation()
      this.renderRoot.querySelector('synapse-import-page')?.focusPath()
    })
  }

  /** Puts the cursor into the search field; says whether there is one to go to. */
  focusSearch(): boolean {
    const home = this.renderRoot.querySelector('synapse-home-page')
    return home?.focusSearch() ?? false
  }

  override render() {
    const jobs = this.#jobs.value ?? []
    const page = this.surface === 'page'
    const owner = page && this.api.session?.scope === 'owner'
    return html`<header>
        <h1>Synapse</h1>
        <button
          class="icon"
          title=${t('app.refresh')}
          aria-label=${t('app.refresh')}
          @click=${this.#refresh}
        >
          ${icon('refresh', 18)}
        </button>
      </header>
      <div class="scroll">
        <main>
          <synapse-home-page .api=${this.api} surface=${this.surface}></synapse-home-page>
          ${
            page
              ? html`<aside>
                  ${
                    owner
                      ? html`<synapse-pairings-card .api=${this.api}></synapse-pairings-card>`
                      : nothing
                  }
                  <synapse-import-page .api=${this.api} .jobs=${jobs}></synapse-import-page>
                </aside>`
              : nothing
          }
        </main>
      </div>
      <div class="foot"><synapse-toasts></synapse-toasts></div>
      <synapse-job-bar .jobs=${jobs.filter(isOpen)}></synapse-job-bar>`
  }

  #refresh() {
    this.api.reconnect()
    void this.#jobs.refresh()
    this.renderRoot.querySelector('synapse-home-page')?.refresh()
  }

  #started(job: Job) {
    this.#jobs.value = withJob(this.#jobs.value ?? [], job)
    this.requestUpdate()
  }

  async #cancel(id: string) {
    try {
      this.#started(await cancelJob(this.api, id))
    } catch (error) {
      this.dispatchEvent(problemToast(problemOf(error)))
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-shell': SynapseShell
  }
}
