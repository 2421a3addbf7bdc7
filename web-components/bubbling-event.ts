/** An event of ours: elements above hear it, through all shadow roots. */
export abstract class BubblingEvent extends Event {
  constructor(type: `synapse-${string}`) {
    super(type, { bubbles: true, composed: true })
  }
}
