# Terraform creates the parameters and a KMS key for them. The private key itself is put in afterwards, by the AWS command line: it is never in
# a variable, a plan or the state. That takes value_wo: of a plain SecureString Terraform reads the value back, and writes it into the state
# even where it ignores changes.

terraform {
  required_version = ">= 1.11.0"

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

variable "client_id" {
  description = "The App's client ID. It is no secret."
  type        = string
}

variable "installation_id" {
  description = "Id of the App's installation on the owner's account. It is no secret. A string: large numbers lose digits."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.installation_id))
    error_message = "installation_id must be digits without leading zeros."
  }
}

locals {
  path = "/mintlock/${var.repository_owner}/${var.repository_name}"
}

resource "aws_kms_key" "parameters" {
  description         = "Encrypts the private key of a GitHub App."
  enable_key_rotation = true
}

resource "aws_ssm_parameter" "client_id" {
  name  = "${local.path}/client-id"
  type  = "String"
  value = var.client_id
}

resource "aws_ssm_parameter" "installation_id" {
  name  = "${local.path}/installation-id"
  type  = "String"
  value = var.installation_id
}

resource "aws_ssm_parameter" "private_key" {
  name             = "${local.path}/private-key-pem"
  type             = "SecureString"
  key_id           = aws_kms_key.parameters.arn
  value_wo         = "put the private key here"
  value_wo_version = 1

  # Whoever makes this 2 overwrites the private key.
  lifecycle {
    prevent_destroy = true
  }
}

module "broker" {
  source = "../.."

  lambda_artifact  = { local_zip = var.local_zip }
  repository_owner = var.repository_owner
  repository_name  = var.repository_name
  kms_key_arn      = aws_kms_key.parameters.arn

  ssm_parameter_paths = {
    client_id       = aws_ssm_parameter.client_id.name
    installation_id = aws_ssm_parameter.installation_id.name
    private_key     = aws_ssm_parameter.private_key.name
  }
}

output "function_arn" {
  description = "What a caller needs lambda:InvokeFunction on."
  value       = module.broker.function_arn
}

output "put_private_key" {
  description = "How to put the private key in, now and whenever it is rotated."
  value       = "aws ssm put-parameter --overwrite --type SecureString --key-id ${aws_kms_key.parameters.arn} --name ${aws_ssm_parameter.private_key.name} --value file://app.private-key.pem"
}
