output "queue_url" {
  description = "Where to send messages."
  value       = aws_sqs_queue.work.url
}

output "dead_letter_queue_url" {
  description = "Where messages end that failed five times. Look here: an alarm on ApproximateNumberOfMessagesVisible above zero is a good one."
  value       = aws_sqs_queue.dead_letters.url
}

output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.worker.arn
}
