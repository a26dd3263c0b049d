# What is no place to take the code from.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  repository_owner = "acme"
  repository_name  = "widgets"
}

run "refuses_no_artifact" {
  command = plan

  variables {
    lambda_artifact = {}
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_two_artifacts" {
  command = plan

  variables {
    lambda_artifact = {
      local_zip = "./tests/fixtures/first.zip"
      s3_object = { bucket = "acme-artifacts", key = "mintlock-lambda.zip" }
    }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_the_latest_release" {
  command = plan

  variables {
    lambda_artifact = { release = { version = "latest" } }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_version_with_a_v" {
  command = plan

  variables {
    lambda_artifact = { release = { version = "v0.1.0" } }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_version_that_leaves_its_folder" {
  command = plan

  variables {
    lambda_artifact = { release = { version = "0.1.0-/../../tests/fixtures/v0.1.0" } }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_local_zip_that_is_not_there" {
  command = plan

  variables {
    lambda_artifact = { local_zip = "./tests/fixtures/third.zip" }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_local_zip_that_is_none" {
  command = plan

  variables {
    lambda_artifact = { local_zip = "./tests/fixtures/no.zip.txt" }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_bucket_written_as_a_url" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "s3://acme-artifacts", key = "mintlock-lambda.zip" } }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_bucket_with_a_path" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts/mintlock", key = "mintlock-lambda.zip" } }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_key_with_a_slash_in_front" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts", key = "/mintlock-lambda.zip" } }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_key_of_something_else" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts", key = "mintlock-lambda.zip.sig" } }
  }

  expect_failures = [var.lambda_artifact]
}

run "refuses_a_key_that_is_too_long" {
  command = plan

  variables {
    lambda_artifact = { s3_object = { bucket = "acme-artifacts", key = "${join("", [for n in range(1021) : "a"])}.zip" } }
  }

  expect_failures = [var.lambda_artifact]
}
