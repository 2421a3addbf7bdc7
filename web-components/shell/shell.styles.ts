import { css } from 'lit'

/** Looks of the frame around every page. */
export const shellStyles = css`
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
    main.two {
      grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr);
      gap: 32px;
    }
    aside {
      position: sticky;
      top: 4px;
    }
  }
`
