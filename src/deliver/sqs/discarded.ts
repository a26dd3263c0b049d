/**
 * Thrown by `parse`, `scopeOf` or `handle` to say that a message is done with although its work was not done: it is acknowledged, and
 * logged with its id and the reason. The reason gets into the log: keep secrets out of it.
 */
export class Discarded extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Discarded'
  }
}
