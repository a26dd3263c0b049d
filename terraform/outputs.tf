output "function_arn" {
  description = "ARN of the function: what a caller needs `lambda:InvokeFunction` on."
  value       = aws_lambda_function.broker.arn
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.broker.function_name
}

output "function_invoke_arn" {
  description = "ARN by which API Gateway and Step Functions invoke it."
  value       = aws_lambda_function.broker.invoke_arn
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.broker.arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.broker.name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.broker.name
}

output "deployed_version" {
  description = "What runs: the version of the release, otherwise `sha256:` and the base64 SHA-256 of the code, as `aws lambda get-function` shows it."
  value       = local.deployed_version
}
