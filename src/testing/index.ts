export { credentialStoreContract, type StoreHarness, type TestRunner } from './credential-store-contract.js'
export type { ApiCall } from './federation/apis.js'
export { SERVICE_FAULTS, type ServiceFault } from './federation/service-faults.js'
export {
  type Presentation,
  startTokenService,
  type TokenService,
  type TokenServiceKnobs,
  type TokenServiceOptions,
} from './federation/token-service.js'
export type { GitHubClock } from './github/defaults.js'
export { FAULT_NAMES, type Fault, type FaultName, type RawAnswer } from './github/faults.js'
export type { Knobs } from './github/knobs.js'
export type {
  ActionsSpec,
  AppSpec,
  GitHubOptions,
  InstallationSpec,
  OwnerSpec,
  OwnerType,
  PermissionLevel,
  PermissionSet,
  RepositorySpec,
} from './github/options.js'
export type { RecordedRequest, RequestFilter } from './github/recorder.js'
export type { Operation } from './github/routes.js'
export { type SimulatedApp, type SimulatedGitHub, startGitHub } from './github/simulated-github.js'
export { fingerprintOf } from './github/tokens.js'
export { TestClock } from './test-clock.js'
