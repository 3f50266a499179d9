"""What both gateways share: errors as answers, limits, and (later) the staff shell."""
