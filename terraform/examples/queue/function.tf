data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  here = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
  arn  = "arn:${data.aws_partition.current.partition}"

  policy = templatefile("${path.module}/policies/worker.json.tftpl", {
    queue_arn      = "${local.arn}:sqs:${local.here}:${var.name}"
    parameter_arns = [for path in distinct(concat([var.key_parameter_path], var.parameter_paths)) : "${local.arn}:ssm:${local.here}:parameter${path}"]
    log_group_arn  = "${local.arn}:logs:${local.here}:log-group:/aws/lambda/${var.name}"
  })
}

resource "aws_lambda_function" "worker" {
  function_name    = var.name
  description      = "Works through the queue ${var.name}."
  role             = aws_iam_role.worker.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  architectures    = ["arm64"]
  memory_size      = 256
  timeout          = var.timeout
  filename         = var.local_zip
  source_code_hash = filebase64sha256(var.local_zip)

  # handleBatch mints with these. The key itself is in SSM alone.
  environment {
    variables = {
      MINTLOCK_APP_ID = var.app_id
      MINTLOCK_KEY    = "ssm:${var.key_parameter_path}"
    }
  }

  depends_on = [aws_iam_role_policy.worker, aws_cloudwatch_log_group.worker]
}

resource "aws_cloudwatch_log_group" "worker" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 30
}

resource "aws_iam_role" "worker" {
  name               = var.name
  assume_role_policy = jsonencode(jsondecode(file("${path.module}/policies/trust.json")))
}

resource "aws_iam_role_policy" "worker" {
  name   = "worker"
  role   = aws_iam_role.worker.id
  policy = jsonencode(jsondecode(local.policy))
}
