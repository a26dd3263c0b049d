# The three parameters exist already, under the paths that are the module's defaults. Nothing secret passes through Terraform.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }
}

variable "local_zip" {
  description = "Path of mintlock-lambda.zip."
  type        = string
}

variable "repository_owner" {
  description = "The account that owns the repository."
  type        = string
}

variable "repository_name" {
  description = "The one repository that tokens are for."
  type        = string
}

module "broker" {
  source = "../.."

  lambda_artifact  = { local_zip = var.local_zip }
  repository_owner = var.repository_owner
  repository_name  = var.repository_name
  permissions      = { contents = "read", pull_requests = "write" }
}

output "function_arn" {
  description = "What a caller needs lambda:InvokeFunction on."
  value       = module.broker.function_arn
}

output "invoke" {
  description = "How to ask for a token, with version 2 of the command line. It is shown before what the command line says, and is in no file."
  value       = "aws lambda invoke --function-name ${module.broker.function_name} --cli-binary-format raw-in-base64-out --payload null /dev/stdout"
}
