# A function of your own behind a queue, written with handleBatch of mintlock/lambda. Three settings keep messages whose work was not done:
# the function's own list of failures is heard, a message stays invisible for longer than any attempt takes, and one that keeps failing ends
# up in a second queue rather than nowhere.

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 14 * 86400
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "work" {
  name                       = var.name
  visibility_timeout_seconds = 6 * var.timeout
  message_retention_seconds  = 4 * 86400
  sqs_managed_sse_enabled    = true

  # Fewer than five attempts would move messages when the function is only throttled.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

resource "aws_lambda_event_source_mapping" "work" {
  event_source_arn        = aws_sqs_queue.work.arn
  function_name           = aws_lambda_function.worker.arn
  function_response_types = ["ReportBatchItemFailures"]
  batch_size              = 10

  # Not before it may receive and delete.
  depends_on = [aws_iam_role_policy.worker]
}
