const MASK = '[secret]'

/**
 * A string that cannot be printed by accident: it renders as `[secret]` through template literals, `JSON.stringify`,
 * `util.inspect` with every option, `console.*`, spread, `structuredClone` and `Error.cause`.
 * `reveal()` is the only way out: grep for it to audit every exit.
 *
 * @throws TypeError when the value is empty: an empty secret is always a mistake upstream.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    if (value === '') throw new TypeError('a Secret must not be empty')
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK
  }
}
