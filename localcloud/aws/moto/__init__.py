"""Simulated S3, IAM, STS, EC2, KMS, Logs, Secrets Manager, EKS and Service Quotas.

moto serves them; a small proxy of ours in front of it counts and scripts every call, denies single actions and answers
what moto lacks or gets wrong. Provisioned MWAA lives elsewhere: moto has no part for it.
"""
