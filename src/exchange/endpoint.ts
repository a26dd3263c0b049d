/** Where a value stands in an answer: a JSON pointer (RFC 6901). XML is read as if its elements were members. */
export type Pointer = `/${string}`

/** When what was bought expires. */
export type Expiry =
  /** Seconds from now, seconds since 1970, or RFC 3339, at this place. */
  | { readonly seconds: Pointer }
  | { readonly epoch: Pointer }
  | { readonly instant: Pointer }
  /** The answer does not say, and the service's documentation does: seconds from now. */
  | { readonly documentedSeconds: number }

/** How an answer is read. Everything else in it is dropped. */
export interface AnswerShape {
  /** Default `json`. */
  readonly format?: 'json' | 'xml'
  /** The credential; several members are kept together as one JSON object, by these names. */
  readonly credential: Pointer | Readonly<Record<string, Pointer>>
  readonly expiry: Expiry
}

/**
 * One more request, with the credential of the first as its bearer: what that buys is the answer. Google calls it impersonation.
 */
export interface NextStep {
  readonly url: string
  readonly parameters: Readonly<Record<string, string | readonly string[]>>
  readonly answer: AnswerShape
}

/** A service that takes an identity token and gives a credential: a declaration, not a program. */
export interface Endpoint {
  /** For messages and for the cache: `anthropic`. Lower-case letters, digits and dashes. */
  readonly name: string
  /** https, or http on loopback. Redirects are refused. */
  readonly url: string
  /** Default `POST`. */
  readonly method?: 'POST' | 'PUT'
  /** How the parameters are sent. Default `form`. */
  readonly encoding?: 'form' | 'json'
  /** Besides `accept`, `content-type` and `user-agent`. Nothing secret. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as they are, with the identity token. Nothing secret. */
  readonly parameters?: Readonly<Record<string, string>>
  /** The parameter that the identity token is sent as. */
  readonly tokenParameter: string
  readonly answer: AnswerShape
  readonly next?: NextStep
}

/** What somebody may say about an endpoint on the command line. */
export interface EndpointOption {
  /** As in `--with NAME=VALUE`. */
  readonly name: string
  readonly about: string
  /** Variables of the environment that say it, the first that is set. */
  readonly variables?: readonly string[]
  readonly required?: boolean
  /** What it is when nobody says; also for help. */
  readonly fallback?: string
}

/** Values of the options, those that nobody said left out. */
export type OptionValues = Readonly<Record<string, string>>

/** A kind of endpoint, as the command line knows it. */
export interface EndpointKind {
  readonly name: string
  readonly about: string
  readonly options: readonly EndpointOption[]
  /** `aud` of the identity token to ask for; `undefined`: the source's own. */
  audience(values: OptionValues): string | undefined
  endpoint(values: OptionValues): Endpoint
  /** Variables that name a file with an identity token, where the service's own clients look for one. */
  readonly identityFiles?: readonly string[]
  /** The variables that programs look for the credential in. None where they read files instead. */
  readonly variables: readonly string[]
}
