import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

/** AWS's SDK as it comes: credentials from its default chain. */
const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}))
console.log(Arn)
