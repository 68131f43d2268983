"""Everything about AwsAccount."""
