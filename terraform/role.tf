data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # Written out rather than taken from resources, so that a plan shows the policy as it will be.
  here          = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
  arn           = "arn:${data.aws_partition.current.partition}"
  log_group_arn = "${local.arn}:logs:${local.here}:log-group:${local.log_group_name}"

  parameter_paths = concat(
    [var.ssm_parameter_paths.client_id, var.ssm_parameter_paths.installation_id],
    local.signs_with_kms ? [] : [var.ssm_parameter_paths.private_key],
  )
  parameter_arns = [for path in local.parameter_paths : "${local.arn}:ssm:${local.here}:parameter${path}"]

  policy = templatefile("${path.module}/policies/broker.json.tftpl", {
    parameter_arns = local.parameter_arns
    decrypt_key    = local.signs_with_kms ? null : var.kms_key_arn
    sign_key       = local.signs_with_kms ? var.kms_key_arn : null
    log_group_arn  = local.log_group_arn
  })
}

resource "aws_iam_role" "broker" {
  name               = var.function_name
  description        = "What the function ${var.function_name} may do."
  assume_role_policy = jsonencode(jsondecode(file("${path.module}/policies/trust.json")))
  tags               = var.tags
}

resource "aws_iam_role_policy" "broker" {
  name   = "mintlock"
  role   = aws_iam_role.broker.id
  policy = jsonencode(jsondecode(local.policy))
}
