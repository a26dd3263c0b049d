import type { EndpointKind } from './endpoint.js'
import { anthropic } from './endpoints/anthropic.js'
import { awsSts } from './endpoints/aws-sts.js'
import { azure } from './endpoints/azure.js'
import { cratesIo } from './endpoints/crates-io.js'
import { googleSts } from './endpoints/google-sts.js'
import { pypi } from './endpoints/pypi.js'
import { rfc7523 } from './endpoints/rfc7523.js'
import { rfc8693 } from './endpoints/rfc8693.js'

/** Every endpoint that the command line knows by name. */
export const ENDPOINT_KINDS: readonly EndpointKind[] = [anthropic, awsSts, googleSts, azure, pypi, cratesIo, rfc8693, rfc7523]
