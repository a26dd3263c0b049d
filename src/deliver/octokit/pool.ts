import type { SingleFlight } from '../../kernel/single-flight.js'
import type { GrantedToken, InstallationAsk, InstallationRequest } from '../../model/installation-scope.js'
import type { Issue } from '../../model/issue.js'
import type { InstallationAccessTokenAuthentication } from './authentication.js'
import type { HotAnswers } from './hot-answers.js'

/** What all strategies have in common that share a cache or a store, for one API. Wired outside. */
export interface Pool {
  /** `narrowed(cached(minted(github)))`, sending through whoever asks. */
  readonly issue: Issue<InstallationAsk<InstallationRequest>, GrantedToken>
  /** Forgets a token that GitHub refused, unless it has been replaced. */
  forget(ask: InstallationAsk<InstallationRequest>, fingerprint: string): Promise<void>
  /** Whether others share it: a token may have been revoked or replaced by them. */
  readonly shared: boolean
  /** Absent where every call is to be seen by a cache of the caller's. */
  readonly hot: HotAnswers | undefined
  /** Calls under way, by what they ask for. */
  readonly flights: SingleFlight<Authenticated>
  /** By GitHub's clock, epoch milliseconds. */
  now(): number
  /** What is to be added to the local clock, in milliseconds. */
  offsetMs(): number
  /** Learns GitHub's time from the `Date` header of a request sent and answered at these local instants. */
  observe(date: string, sentAt: number, receivedAt: number): void
}

/** An answer, and what is to be known about it when it is refused. */
export interface Authenticated {
  readonly authentication: InstallationAccessTokenAuthentication
  readonly fingerprint: string
  /** By GitHub's clock, epoch milliseconds. */
  readonly issuedAt: number
}
