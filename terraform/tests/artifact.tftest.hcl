# One plan per source of the code, and what is refused.

mock_provider "aws" {
  source = "./tests/mocks"

  mock_data "aws_s3_object" {
    defaults = {
      checksum_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
      version_id      = "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY"
    }
  }
}

variables {
  repository_owner = "acme"
  repository_name  = "widgets"
}

run "plans_a_release" {
  command = plan

  variables {
    lambda_artifact = { release = { version = "0.1.0", folder = "./tests/fixtures/v0.1.0" } }
  }

  assert {
    condition     = aws_lambda_function.broker.filename == "./tests/fixtures/v0.1.0/mintlock-lambda.zip" && aws_lambda_function.broker.source_code_hash == filebase64sha256("./tests/fixtures/first.zip")
    error_message = "The function is not made of the release."
  }

  assert {
    condition     = output.deployed_version == "0.1.0"
    error_message = "deployed_version is not the release."
  }
}

run "plans_a_local_zip" {
  command = plan

  variables {
    lambda_artifact = { local_zip = "./tests/fixtures/first.zip" }
  }

  assert {
    condition     = aws_lambda_function.broker.filename == "./tests/fixtures/first.zip" && aws_lambda_function.broker.source_code_hash == filebase64sha256("./tests/fixtures/first.zip")
    error_message = "The function is not made of the zip."
  }

  assert {
    condition     = output.deployed_version == "sha256:${filebase64sha256("./tests/fixtures/first.zip")}"
    error_message = "deployed_version is not the hash of the zip."
  }
}

run "plans_an_s3_object" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts", key = "mintlock/mintlock-lambda.zip" } }
  }

  assert {
    condition     = aws_lambda_function.broker.s3_bucket == "acme-artifacts" && aws_lambda_function.broker.s3_key == "mintlock/mintlock-lambda.zip" && aws_lambda_function.broker.filename == null
    error_message = "The function is not made of the object."
  }

  assert {
    condition     = aws_lambda_function.broker.s3_object_version == "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY" && aws_lambda_function.broker.source_code_hash == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    error_message = "Not the version whose checksum was read."
  }
}

run "plans_an_s3_object_without_versions" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts", key = "mintlock-lambda.zip" } }
  }

  override_data {
    target = data.aws_s3_object.artifact
    values = {
      checksum_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
      version_id      = ""
    }
  }

  assert {
    condition     = aws_lambda_function.broker.s3_object_version == null
    error_message = "A version where there is none."
  }
}

run "deploys_the_first_zip" {
  variables {
    lambda_artifact = { local_zip = "./tests/fixtures/first.zip" }
  }

  assert {
    condition     = aws_lambda_function.broker.source_code_hash == filebase64sha256("./tests/fixtures/first.zip")
    error_message = "source_code_hash is not that of the first zip."
  }
}

# Another file rather than other bytes in the same one: a test cannot write. That the bytes count is seen in the hash.
run "updates_to_the_second_zip" {
  variables {
    lambda_artifact = { local_zip = "./tests/fixtures/second.zip" }
  }

  assert {
    condition     = aws_lambda_function.broker.source_code_hash == filebase64sha256("./tests/fixtures/second.zip") && output.deployed_version != run.deploys_the_first_zip.deployed_version
    error_message = "The function still has the first zip."
  }
}

run "refuses_an_s3_object_without_checksum" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts", key = "mintlock-lambda.zip" } }
  }

  override_data {
    target = data.aws_s3_object.artifact
    values = {
      checksum_sha256 = ""
      version_id      = ""
    }
  }

  expect_failures = [aws_lambda_function.broker]
}

run "refuses_the_checksum_of_an_upload_in_parts" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts", key = "mintlock-lambda.zip" } }
  }

  override_data {
    target = data.aws_s3_object.artifact
    values = {
      checksum_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-2"
      version_id      = ""
    }
  }

  expect_failures = [aws_lambda_function.broker]
}

run "refuses_a_release_that_is_not_there" {
  command = plan

  variables {
    lambda_artifact = { release = { version = "9.9.9" } }
  }

  expect_failures = [aws_lambda_function.broker]
}

run "refuses_a_release_that_was_tampered_with" {
  command = plan

  variables {
    lambda_artifact = { release = { version = "0.1.0", folder = "./tests/fixtures/tampered" } }
  }

  expect_failures = [aws_lambda_function.broker]
}

run "refuses_two_checksums_for_one_file" {
  command = plan

  variables {
    lambda_artifact = { release = { version = "0.1.0", folder = "./tests/fixtures/twice" } }
  }

  expect_failures = [aws_lambda_function.broker]
}
