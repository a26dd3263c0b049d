# The examples plan and apply as they stand.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  local_zip        = "./tests/fixtures/first.zip"
  repository_owner = "acme"
  repository_name  = "widgets"
}

run "parameters_exist" {
  module {
    source = "./examples/existing-parameters"
  }

  assert {
    condition     = output.invoke == "aws lambda invoke --function-name mintlock-broker --cli-binary-format raw-in-base64-out --payload null /dev/stdout"
    error_message = "Another call."
  }
}

run "parameters_are_bootstrapped" {
  command = plan

  module {
    source = "./examples/bootstrapped-parameters"
  }

  variables {
    client_id       = "Iv23liExample00000001"
    installation_id = "9007199254740993"
  }

  assert {
    condition     = aws_ssm_parameter.private_key.type == "SecureString" && aws_ssm_parameter.private_key.value_wo_version == 1
    error_message = "The private key is not written once and never read."
  }

  assert {
    condition     = aws_ssm_parameter.installation_id.value == "9007199254740993"
    error_message = "The installation id lost digits."
  }
}

run "a_queue_loses_nothing" {
  module {
    source = "./examples/queue"
  }

  variables {
    timeout            = 70
    app_id             = "Iv23liExample00000001"
    key_parameter_path = "/jobs/app/key"
    parameter_paths    = ["/jobs/endpoint"]
  }

  assert {
    condition     = aws_lambda_event_source_mapping.work.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "AWS would not hear which messages failed."
  }

  assert {
    condition     = aws_sqs_queue.work.visibility_timeout_seconds == 420 && aws_lambda_function.worker.timeout == 70
    error_message = "The visibility time-out is not six times the function's."
  }

  assert {
    condition     = one(aws_lambda_function.worker.environment).variables == tomap({ MINTLOCK_APP_ID = "Iv23liExample00000001", MINTLOCK_KEY = "ssm:/jobs/app/key" })
    error_message = "The function does not know its App, or where the key is."
  }

  assert {
    condition = [for one in jsondecode(aws_iam_role_policy.worker.policy).Statement : one.Resource if one.Sid == "ReadTheParameters"] == [[
      "arn:aws:ssm:eu-west-1:123456789012:parameter/jobs/app/key",
      "arn:aws:ssm:eu-west-1:123456789012:parameter/jobs/endpoint",
    ]]
    error_message = "The function may not read its key, or more than was said."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.work.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 5 }
    error_message = "There is no dead-letter queue, or not after five attempts."
  }

  assert {
    condition     = aws_sqs_queue.dead_letters.message_retention_seconds > aws_sqs_queue.work.message_retention_seconds
    error_message = "Dead letters would go before anybody has looked."
  }
}

run "a_queue_refuses_an_app_that_is_none" {
  command = plan

  module {
    source = "./examples/queue"
  }

  variables {
    app_id = "my-app"
  }

  expect_failures = [var.app_id]
}
