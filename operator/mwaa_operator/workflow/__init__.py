"""Everything about ServerlessWorkflow."""
